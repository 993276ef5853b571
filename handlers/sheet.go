package handlers

import (
	"bytes"
	"compress/flate"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"

	"sessionlab/handlers/limits"
	"sessionlab/handlers/notebook"
	"sessionlab/handlers/scenario"
	"sessionlab/handlers/xray"
)

// This file is what the experiments with several browsers keep beside a notebook: the jar of Browser B, and
// their last runs.

// sheet is what one notebook has of them. Nil is an empty one, for reading.
type sheet struct {
	Version int
	Jar     *http.Cookie     // the session cookie of Browser B; nil for none
	Moves   []scenario.Event // what it and the visitor did since on the page of two browsers
	Runs    []*xray.Exchange // the latest first, each with its [ran]
}

// sheetVersion is that of the form in which a sheet is kept. Who changes the meaning of a field raises it.
const sheetVersion = 1

// run is the run of that ID; nil for none.
func (s *sheet) run(id string) *xray.Exchange {
	if s == nil {
		return nil
	}
	for _, x := range s.Runs {
		if x.ID == id {
			return x
		}
	}
	return nil
}

// with are the runs and the exchanges of a session, the latest first.
func (s *sheet) with(history []*xray.Exchange) []*xray.Exchange {
	if s == nil {
		return history
	}
	all := slices.Concat(s.Runs, history)
	slices.SortStableFunc(all, func(a, b *xray.Exchange) int { return b.At.Compare(a.At) })
	return all
}

// add puts a run in front, in the place of the last one of the same choice. The oldest go where there is no
// room.
func (s *sheet) add(x *xray.Exchange, now ran) {
	s.Runs = slices.DeleteFunc(s.Runs, func(old *xray.Exchange) bool {
		r := ranBy(old, x.Card)
		return r != nil && r.Choice == now.Choice
	})
	s.Runs = append([]*xray.Exchange{x}, s.Runs...)
	total := 0
	for i, run := range s.Runs {
		total += ranBy(run, run.Card).steps()
		if i > 0 && total > limits.MaxSheetSteps {
			s.Runs = s.Runs[:i]
			break
		}
	}
}

// readSheet is what the notebook of r has; an empty one where there is none, or none that can be read.
func (l *Lab) readSheet(r *http.Request) *sheet {
	data, err := l.notebooks.Sheet(r.Context(), l.notebookID(r))
	if l.missed(r.Context(), err) || data == nil {
		return &sheet{}
	}
	s, err := decodeSheet(data)
	if l.missed(r.Context(), err) || s.Version != sheetVersion {
		return &sheet{}
	}
	return s
}

// keepSheet keeps s. What is too large loses its oldest runs.
func (l *Lab) keepSheet(r *http.Request, s *sheet) error {
	for {
		data, err := encodeSheet(s)
		if err != nil {
			return err
		}
		err = l.notebooks.KeepSheet(r.Context(), l.notebookID(r), data)
		switch {
		case !errors.Is(err, notebook.ErrTooLarge):
			return err
		case len(s.Runs) > 1:
			s.Runs = s.Runs[:len(s.Runs)-1]
		case len(s.Moves) > 0:
			s.Moves = nil
		default:
			return tooLarge("What happened is too much to be kept here: your session is large.")
		}
	}
}

// encodeSheet writes a sheet as compressed JSON: the same session IDs are in it again and again.
func encodeSheet(s *sheet) ([]byte, error) {
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, flate.BestSpeed) // never fails with that level
	s.Version = sheetVersion
	if err := errors.Join(json.NewEncoder(w).Encode(s), w.Close()); err != nil {
		return nil, fmt.Errorf("encode what experiments keep: %w", err)
	}
	return b.Bytes(), nil
}

func decodeSheet(data []byte) (*sheet, error) {
	const most = 4 << 20
	var s sheet
	r := io.LimitReader(flate.NewReader(bytes.NewReader(data)), most)
	if err := json.NewDecoder(r).Decode(&s); err != nil {
		return nil, fmt.Errorf("decode what experiments keep: %w", err)
	}
	return &s, nil
}
