// Names what does not fit: a page that scrolls sideways, text that is cut off or sticks out of its box, two
// elements with one id.
() => {
	const out = new Set(), W = document.documentElement.clientWidth;
	const name = e => e.tagName.toLowerCase() + (e.id ? "#" + e.id : "") +
		[...e.classList].map(c => "." + c).join("");
	const quote = text => JSON.stringify(text.slice(0, 40));
	const within = test => { // says whether it is true of an element or of what that lies in; asks each once
		const known = new Map([[document.body, false], [null, false]]);
		const ask = e => known.get(e) ?? (known.set(e, test(e) || ask(e.parentElement)), known.get(e));
		return ask;
	};
	const clipped = within(e => // what only screen readers see
		e.clientWidth <= 1 && e.clientHeight <= 1 && getComputedStyle(e).display !== "inline");
	const seen = e => e.checkVisibility({visibilityProperty: true, opacityProperty: true}) && !clipped(e);
	const free = within(e => { // inside something that scrolls, it can be reached
		const s = getComputedStyle(e);
		return /auto|scroll/.test(s.overflowX + s.overflowY) &&
			(e.scrollWidth > e.clientWidth || e.scrollHeight > e.clientHeight);
	});

	if (document.documentElement.scrollWidth > W) {
		out.add("the page scrolls sideways: " + document.documentElement.scrollWidth + " px");
		for (const e of document.querySelectorAll("body *")) {
			const r = e.getBoundingClientRect();
			if (!r.width || r.right <= W + 1 || !seen(e)) continue;
			out.add("  sticks out: " + name(e) + " to " + Math.round(r.right));
		}
	}

	for (const e of document.querySelectorAll("body *")) {
		if (e instanceof SVGElement) continue;
		const s = getComputedStyle(e), cuts = overflow => /hidden|clip/.test(overflow);
		const aside = cuts(s.overflowX) && e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 1;
		const below = cuts(s.overflowY) && e.scrollHeight > e.clientHeight + 1 && e.clientHeight > 1;
		if (!aside && !below || !seen(e) || !e.innerText.trim()) continue;
		const what = name(e) + " " + quote(e.innerText);
		if (aside) out.add("text cut off at the side: " + what);
		if (below) out.add("text cut off below: " + what);
	}

	const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	for (let n; n = texts.nextNode();) {
		let e = n.parentElement;
		if (!n.data.trim() || !seen(e) || e.closest("svg")) continue;
		if (free(e)) continue;
		const flows = e => /^(inline|contents)$/.test(getComputedStyle(e).display);
		while (e !== document.body && flows(e)) e = e.parentElement;
		const box = e.getBoundingClientRect(), range = document.createRange();
		range.selectNodeContents(n);
		// A space that ends a line may hang over, and WebKit counts it.
		const hangs = getComputedStyle(e).whiteSpace.includes("pre-wrap") ? parseFloat(getComputedStyle(e).fontSize) : 0;
		const outside = r => r.width && (r.right > box.right + 2 + hangs || r.left < box.left - 2);
		if ([...range.getClientRects()].some(outside)) {
			out.add("text sticks out of " + name(e) + ": " + quote(n.data.trim()));
		}
	}

	const ids = [...document.querySelectorAll("[id]")].map(e => e.id);
	for (const id of new Set(ids)) {
		if (ids.indexOf(id) !== ids.lastIndexOf(id)) out.add("two elements with the id " + id);
	}
	return [...out].slice(0, 12);
}
