package handlers

import "context"

// homePage is the first page: the flow of the very request that asked for it, and the lessons.
func (l *Lab) homePage(_ context.Context, p *page) (any, error) { return p, nil }
