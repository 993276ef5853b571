// Scrolls to the element of a selector and says where its middle is. Top is "" when a click there hits it,
// and otherwise what would be hit. A page that moves the focus when it comes has to have done so.
selector => {
	const e = document.querySelector(selector);
	const focus = document.activeElement;
	const moving = document.querySelector("[autofocus]") && focus === document.body;
	if (!e || !e.checkVisibility() || moving) return {X: -1, Y: -1, Top: "(not there)"};
	e.scrollIntoView({block: "center", behavior: "instant"});
	const r = e.getBoundingClientRect();
	const x = r.left + r.width / 2, y = r.top + r.height / 2;
	const top = document.elementFromPoint(x, y);
	const hit = top && (e.contains(top) || top.contains(e));
	return {X: x, Y: y, Top: hit ? "" : top?.outerHTML.slice(0, 100) ?? "(outside)"};
}
