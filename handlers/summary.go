package handlers

func (l *Lab) summaryPage(p *page) any { return p }
