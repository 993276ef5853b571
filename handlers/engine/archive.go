package engine

import (
	"context"
	"time"
)

type Record struct {
	ID    string
	Token string
	Data  []byte
	Until time.Time
}

type Archive interface {
	Engine
	Keep(ctx context.Context, r Record) error
	Records(ctx context.Context, token string) ([]string, error)
	RecordData(ctx context.Context, token string, ids []string) (map[string][]byte, error)
}

func WithRecord(ctx context.Context, make func(said []Statement) Record) context.Context { return ctx }
