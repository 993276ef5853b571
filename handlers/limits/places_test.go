package limits

import "testing"

func TestPlaces(t *testing.T) {
	t.Parallel()
	p := NewPlaces(2)
	var leave func()
	for range 2 {
		var ok bool
		if leave, ok = p.Take(); !ok {
			t.Fatal("no place, and there are two")
		}
	}
	if _, ok := p.Take(); ok || p.Taken() != 2 {
		t.Errorf("a third place of two: %v, %d taken", ok, p.Taken())
	}
	leave()
	if _, ok := p.Take(); !ok || p.Taken() != 2 {
		t.Errorf("a place that was given back: %v, %d taken", ok, p.Taken())
	}
}

func TestPerAddress(t *testing.T) {
	t.Parallel()
	p := NewPerAddress(1)
	leave, ok := p.Take(one)
	if !ok {
		t.Fatal("no place, and there is one")
	}
	if _, ok := p.Take(one); ok {
		t.Error("two places of one address")
	}
	if _, ok := p.Take(other); !ok {
		t.Error("no place for another address")
	}
	leave()
	if _, ok := p.taken[one]; ok {
		t.Error("an address without a place is remembered")
	}
	if _, ok := p.Take(one); !ok {
		t.Error("no place when one was given back")
	}
}
