package python

import "slices"

// item is v[key], where key may be a *Slice.
func (m *machine) item(v, key Value) (Value, error) {
	if err := m.spend(1); err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case *Dict:
		value, ok, err := v.Get(key)
		if err == nil && !ok {
			err = keyError(key)
		}
		return value, err
	case hasItems:
		return v.item(m, key)
	case *Type:
		if slices.Contains([]string{"list", "dict", "tuple", "type", "enumerate"}, v.name) {
			return nil, &Over{"This small Python has no " + v.name + "[…]."}
		}
		return nil, raise(typeError, "type '%s' is not subscriptable", v.name)
	case string, *List, *Tuple, *Range:
		if s, ok := key.(*Slice); ok {
			return m.slice(v, s)
		}
	default:
		return nil, raise(typeError, "'%s' object is not subscriptable", typeNameOf(v))
	}
	switch v := v.(type) {
	case *List:
		i, err := place(key, len(v.Items), "list", "list")
		if err != nil {
			return nil, err
		}
		return v.Items[i], nil
	case *Tuple:
		i, err := place(key, len(v.Items), "tuple", "tuple")
		if err != nil {
			return nil, err
		}
		return v.Items[i], nil
	case *Range:
		return v.item(key)
	}
	return m.letter(v.(string), key)
}

func keyError(key Value) error {
	return &Raised{Exception: &Exception{Class: keyErrorClass, Args: []Value{key}}}
}

// place is where key points to in a sequence of that length. name is the sequence's, and what says which
// words an error has.
func place(key Value, length int, name, what string) (int, error) {
	z, ok := integer(key)
	switch {
	case !ok && name == "string":
		return 0, raise(typeError, "string indices must be integers, not '%s'", typeNameOf(key))
	case !ok:
		return 0, raise(typeError, "%s indices must be integers or slices, not %s", name, typeNameOf(key))
	case !z.IsInt64():
		return 0, raise(indexError, "cannot fit 'int' into an index-sized integer")
	}
	i := z.Int64()
	if i < 0 {
		i += int64(length)
	}
	if i < 0 || i >= int64(length) {
		return 0, raise(indexError, "%s index out of range", what)
	}
	return int(i), nil
}

// setItem is v[key] = to.
func (m *machine) setItem(v, key, to Value) error {
	if err := m.spend(1); err != nil {
		return err
	}
	switch v := v.(type) {
	case *Dict:
		return m.put(v, key, to)
	case takesItems:
		return v.setItem(m, key, to)
	case *List:
		if s, ok := key.(*Slice); ok {
			return m.setSlice(v, s, to)
		}
		i, err := place(key, len(v.Items), "list", "list assignment")
		if err == nil {
			v.Items[i] = to
		}
		return err
	}
	return raise(typeError, "'%s' object does not support item assignment", typeNameOf(v))
}

// put sets the value of a key of a dict.
func (m *machine) put(d *Dict, key, to Value) error {
	if _, there, err := d.Get(key); err != nil {
		return err
	} else if !there {
		if err := m.alloc(entrySize); err != nil {
			return err
		}
	}
	return d.Set(key, to)
}

// delItem is del v[key].
func (m *machine) delItem(v, key Value) error {
	if err := m.spend(1); err != nil {
		return err
	}
	switch v := v.(type) {
	case *Dict:
		_, there, err := v.Delete(key)
		if err == nil && !there {
			err = keyError(key)
		}
		return err
	case takesItems:
		return v.delItem(m, key)
	case *List:
		if err := m.spend(len(v.Items) / 64); err != nil {
			return err
		}
		if s, ok := key.(*Slice); ok {
			return delSlice(v, s)
		}
		i, err := place(key, len(v.Items), "list", "list assignment")
		if err == nil {
			v.Items = slices.Delete(v.Items, i, i+1)
		}
		return err
	case string, *Tuple, *Range:
		return raise(typeError, "'%s' object doesn't support item deletion", typeNameOf(v))
	}
	return raise(typeError, "'%s' object does not support item deletion", typeNameOf(v))
}
