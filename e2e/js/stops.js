// Lists in window.e2eStops what the Tab key must reach, in the order of the document, and counts it.
() => {
	const stop = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]";
	const groups = new Set();
	window.e2eStops = [...document.querySelectorAll(stop)].filter(e => {
		if (e.tabIndex < 0 || e.disabled || e.closest("[inert]")) return false;
		if (!e.checkVisibility({visibilityProperty: true})) return false;
		if (e.type !== "radio") return true;
		// A group is one stop: the choice, or the first.
		const group = (e.form?.action ?? "") + e.name;
		const chosen = [...document.querySelectorAll("input[type=radio]")]
			.find(o => o.name === e.name && o.form === e.form && o.checked);
		if (groups.has(group) || chosen && chosen !== e) return false;
		groups.add(group);
		return true;
	});
	return window.e2eStops.length;
}
