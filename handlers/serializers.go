package handlers

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"time"

	"sessionlab/handlers/python"
	"sessionlab/handlers/xray"
)

// What becomes of values in SCS's serializer and in Django's.

// serialized is one value, before and after each serializer.
type serialized struct {
	Key, Text, Type string
	Gob, JSON       string // the type that comes back; TypeError for what cannot be encoded
}

// compareSerializers encodes values with gob, as SCS does, and with JSON, as Django
// does, decodes them again and compares the types.
func compareSerializers(
	values map[string]any, deadline time.Time,
) (list []serialized, gobBytes, jsonBytes int, err error) {
	g, err := xray.Codec.Encode(deadline, values)
	if err != nil {
		return nil, 0, 0, err
	}
	_, fromGob, err := xray.Codec.Decode(g)
	if err != nil {
		return nil, 0, 0, err
	}
	j, fromJSON, err := throughJSON(values)
	if err != nil {
		return nil, 0, 0, err
	}
	for _, v := range xray.Values(values) {
		list = append(list, serialized{v.Key, v.Text, v.Type,
			xray.TypeName(fromGob[v.Key]), fromJSON[v.Key]})
	}
	return list, len(g), len(j), nil
}

// throughJSON encodes values as JSON, numbers as Python's json.dumps writes them, and decodes them again.
// types are those that come back in Python; a time cannot be encoded there, and is left out. The length of b
// is Python's only for plain text: Python writes other letters as \u and four digits, and Go does so with
// <, > and &.
func throughJSON(values map[string]any) (b []byte, types map[string]string, err error) {
	types = map[string]string{}
	encodable := map[string]any{}
	for key, value := range values {
		switch v := value.(type) {
		case time.Time:
			types[key] = "TypeError"
		case float64:
			// Python writes and reads these, though JSON does not know them.
			if math.IsNaN(v) || math.IsInf(v, 0) {
				types[key] = xray.TypeName(v)
				continue
			}
			encodable[key] = json.RawMessage(python.Float(v)) // Go writes 3 for 3.0
		default:
			encodable[key] = value
		}
	}
	if b, err = json.Marshal(encodable); err != nil {
		return nil, nil, err
	}
	var decoded map[string]any
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber() // Python tells whole numbers from others
	if err := d.Decode(&decoded); err != nil {
		return nil, nil, err
	}
	for key, value := range decoded {
		switch v := value.(type) {
		case json.Number:
			types[key] = "int"
			if strings.ContainsAny(v.String(), ".e") {
				types[key] = "float"
			}
		case []any:
			types[key] = "list"
		case map[string]any:
			types[key] = "map"
		default:
			types[key] = xray.TypeName(value)
		}
	}
	return b, types, nil
}
