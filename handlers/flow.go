package handlers

import "context"

func (l *Lab) flowPage(_ context.Context, p *page) (any, error) { return p, nil }

var flowQuestions []Question
