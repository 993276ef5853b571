// Says where the element of a selector lies if it is not whole in the window, in front of the bar and the
// dock; "" where it is.
selector => {
	const e = document.querySelector(selector);
	if (!e) return "is not there";
	const covers = name => {
		const c = document.querySelector(name);
		if (!c || !c.checkVisibility() || !["sticky", "fixed"].includes(getComputedStyle(c).position)) return null;
		return c.getBoundingClientRect();
	};
	const r = e.getBoundingClientRect();
	const bar = covers("header.bar"), dock = covers(".dock");
	const over = bar && bar.left < r.right && bar.right > r.left ? bar.bottom : 0;
	const under = dock ? dock.top : innerHeight;
	if (r.top >= over - 1 && r.bottom <= under + 1 && r.right <= innerWidth + 1) return "";
	return `lies from ${Math.round(r.top)} to ${Math.round(r.bottom)}, and the window shows ${Math.round(over)} to ${Math.round(under)}`;
}
