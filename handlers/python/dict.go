package python

import (
	"crypto/sha256"
	"fmt"
	"iter"
	"math"
	"math/big"
	"reflect"
	"strconv"
)

// Dict is a dict: it keeps the order in which its keys came. 1, 1.0 and True are one key. Its zero value is
// an empty one.
type Dict struct {
	entries []entry     // a deleted one stays, as gone, until there are more of those than others
	index   map[any]int // by hashed
	dead    int
}

type entry struct {
	key, value Value
	hash       any
	gone       bool
}

// Len returns how many entries there are.
func (d *Dict) Len() int { return len(d.entries) - d.dead }

// All goes through the entries. What is set meanwhile may come or not.
func (d *Dict) All() iter.Seq2[Value, Value] {
	return func(yield func(Value, Value) bool) {
		for i := 0; i < len(d.entries); i++ {
			if e := d.entries[i]; !e.gone && !yield(e.key, e.value) {
				return
			}
		}
	}
}

// Get returns the value of key, and whether there is one. A key that cannot be hashed is a TypeError.
func (d *Dict) Get(key Value) (Value, bool, error) {
	hash, err := hashed(key)
	if err != nil {
		return nil, false, err
	}
	i, ok := d.index[hash]
	if !ok {
		return nil, false, nil
	}
	return d.entries[i].value, true, nil
}

// Set sets the value of key. A key that cannot be hashed is a TypeError.
func (d *Dict) Set(key, value Value) error {
	hash, err := hashed(key)
	if err != nil {
		return err
	}
	if i, ok := d.index[hash]; ok {
		d.entries[i].value = value
		return nil
	}
	if d.index == nil {
		d.index = map[any]int{}
	}
	d.index[hash] = len(d.entries)
	d.entries = append(d.entries, entry{key: key, value: value, hash: hash})
	return nil
}

// Delete deletes the entry of key, and returns its value and whether there was one. A key that cannot be
// hashed is a TypeError.
func (d *Dict) Delete(key Value) (Value, bool, error) {
	hash, err := hashed(key)
	if err != nil {
		return nil, false, err
	}
	i, ok := d.index[hash]
	if !ok {
		return nil, false, nil
	}
	return d.remove(i).value, true, nil
}

func (d *Dict) remove(i int) entry {
	e := d.entries[i]
	delete(d.index, e.hash)
	d.entries[i] = entry{gone: true}
	if d.dead++; d.dead > 8 && d.dead > len(d.entries)/2 {
		d.compact()
	}
	return e
}

func (d *Dict) compact() {
	kept := make([]entry, 0, d.Len())
	for _, e := range d.entries {
		if !e.gone {
			d.index[e.hash] = len(kept)
			kept = append(kept, e)
		}
	}
	d.entries, d.dead = kept, 0
}

// Clear deletes all entries.
func (d *Dict) Clear() { *d = Dict{} }

// Copy returns another dict with the same keys and values.
func (d *Dict) Copy() *Dict {
	c := &Dict{index: make(map[any]int, d.Len())}
	for _, e := range d.entries {
		if !e.gone {
			c.index[e.hash] = len(c.entries)
			c.entries = append(c.entries, e)
		}
	}
	return c
}

// What hashed returns for a key, where the key itself would not do.
type (
	noneKey  struct{}
	bigKey   string            // an int beyond 64 bits
	tupleKey [sha256.Size]byte // over what its items are known by
	valueKey string            // of what Python compares by its value: a range, a datetime, a timedelta
)

// keyed is a value that is hashed by its value.
type keyed interface{ hashKey() string }

// hashed returns what v's place in a map of Go is known by: equal for values that are equal in Python.
func hashed(v Value) (any, error) {
	left := MaxSteps
	return hashedInside(v, 0, &left)
}

// hashedInside hashes what lies so deep in a key. left is how many values there may still be: a tuple of a
// tuple of a tuple may have more than all that a run could make.
func hashedInside(v Value, depth int, left *int) (any, error) {
	if *left--; *left < 0 {
		return nil, &Over{"It took more than 10,000 steps."}
	}
	switch v := v.(type) {
	case nil:
		return noneKey{}, nil
	case string:
		return v, nil
	case bool, *big.Int, float64:
		return hashedNumber(v), nil
	case *Tuple:
		if depth >= maxNesting {
			return nil, tooDeep("")
		}
		h := sha256.New()
		for _, item := range v.Items {
			hash, err := hashedInside(item, depth+1, left)
			if err != nil {
				return nil, err
			}
			text := fmt.Sprintf("%T %v", hash, hash)
			if reflect.ValueOf(hash).Kind() == reflect.Pointer {
				text = fmt.Sprintf("%p", hash)
			}
			fmt.Fprintf(h, "%d:%s", len(text), text)
		}
		return tupleKey(h.Sum(nil)), nil
	case keyed:
		return valueKey(v.hashKey()), nil
	case *List, *Dict, *Slice, *keysView, *itemsView:
		return nil, raise(typeError, "unhashable type: '%s'", typeNameOf(v))
	}
	if reflect.ValueOf(v).Kind() != reflect.Pointer {
		return nil, raise(typeError, "unhashable type: '%s'", typeNameOf(v))
	}
	return v, nil
}

func hashedNumber(v Value) any {
	switch v := v.(type) {
	case bool:
		if v {
			return int64(1)
		}
		return int64(0)
	case float64:
		if v != math.Trunc(v) || math.IsInf(v, 0) {
			return v
		}
		z, _ := big.NewFloat(v).Int(nil)
		return hashedNumber(z)
	case *big.Int:
		if v.IsInt64() {
			return v.Int64()
		}
		return bigKey(v.Text(62))
	}
	return strconv.Quote(typeNameOf(v))
}
