// Says where the focus is: its number in window.e2eStops, -1 for something else, -2 for the document.
// Complaint is what is wrong with how one sees it.
() => {
	const e = document.activeElement;
	const whole = [null, document.body, document.documentElement];
	if (whole.includes(e)) return {Index: -2, Name: "", Complaint: ""};
	const name = e.outerHTML.replace(/\s+/g, " ").slice(0, 90);
	let complaint = "";

	const shows = x => {
		if (!x) return false;
		const s = getComputedStyle(x);
		return s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 1 &&
			s.outlineColor !== "rgba(0, 0, 0, 0)";
	};
	// The button for its calendar is drawn by the browser.
	const part = e.type === "datetime-local" && !e.matches(":focus-visible");
	if (!part && ![e, e.closest("label"), e.nextElementSibling, e.closest("fieldset")].some(shows)) {
		complaint = "has no visible focus";
	}

	const box = e.matches("[type=radio], [type=checkbox]") ? e.closest("label") ?? e : e;
	let r = box.getBoundingClientRect();
	if (r.width <= 1 && e.nextElementSibling) r = e.nextElementSibling.getBoundingClientRect();
	const x0 = Math.max(r.left, 0), x1 = Math.min(r.right, innerWidth);
	const y0 = Math.max(r.top, 0), y1 = Math.min(r.bottom, innerHeight);
	const free = (fx, fy) => {
		const top = document.elementFromPoint(x0 + (x1 - x0) * fx, y0 + (y1 - y0) * fy);
		const around = top?.contains(box) && !whole.includes(top);
		return top && (box.contains(top) || around || top.closest("label")?.contains(e));
	};
	if (x1 <= x0 || y1 <= y0) complaint ||= "is focused outside of the window";
	else if (![.1, .5, .9].some(fx => [.15, .5, .85].some(fy => free(fx, fy)))) {
		complaint ||= "is focused, but something lies on it";
	}
	return {Index: (window.e2eStops ?? []).indexOf(e), Name: name, Complaint: complaint};
}
