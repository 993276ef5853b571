package xray

// bareSize is about what an exchange takes without anything that a visitor can make long.
const bareSize = 1 << 10

// size is the number of bytes that x holds on to: not only session data, but the address and a cookie that
// no server issued too.
func (x *Exchange) size() int {
	n := bareSize + len(x.Found) + len(x.Committed) + len(x.Unsaved) + len(x.Path) + len(x.Sent) + len(x.Key) +
		len(x.Follows) + len(x.By)
	if x.Returned != nil {
		n += len(*x.Returned)
	}
	n += len(x.Note)
	if x.Detail != nil {
		n += len(x.Detail.Data) + len(x.Detail.Bare)
	}
	for _, c := range x.Also {
		n += len(c.Name) + len(c.Value) + len(c.Path)
	}
	for _, key := range x.Removed {
		n += len(key)
	}
	for _, step := range x.Steps {
		for _, s := range step.Statements {
			n += len(s.Text)
			for _, arg := range s.Args {
				n += len(arg)
			}
		}
	}
	return n
}
