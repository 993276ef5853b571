// Chooses a button of the page's experiments: the one of this number, counted from 0 in the order of the
// page, or the main one for null. It gets the attribute data-e2e, and what its form requires and leaves
// empty is filled in. The answer is null where there is no such button.
number => {
	const buttons = form => [...form.querySelectorAll("button:not([type=button])")];
	const main = () => {
		const form = document.querySelector(".lab form:has([name=card])") ?? document.querySelector("main form");
		return form && buttons(form)[0];
	};
	const every = [...document.querySelectorAll("main form")].flatMap(buttons);
	const button = number === null ? main() : every[number];
	document.querySelectorAll("[data-e2e]").forEach(m => m.removeAttribute("data-e2e"));
	if (!button) return null;

	const soon = new Date(Date.now() + 3600_000 - new Date().getTimezoneOffset() * 60_000).toISOString();
	const sensible = {
		"number": field => String(Math.max(field.min, 1)),
		"date": () => soon.slice(0, 10),
		"time": () => soon.slice(11, 16),
		"datetime-local": () => soon.slice(0, 16),
		"email": () => "aman@example.org",
		"url": () => "https://example.org/",
		"select-one": field => [...field.options].find(o => o.value).value,
	};
	for (const field of button.form.querySelectorAll(":is(input, select, textarea):required")) {
		if (field.type === "checkbox") field.checked = true;
		else field.value ||= sensible[field.type]?.(field) ?? "fname";
	}
	button.setAttribute("data-e2e", "");
	const action = button.getAttribute("formaction") ?? button.form.getAttribute("action") ?? "";
	return {
		Button: button.textContent.trim(),
		Method: (button.getAttribute("formmethod") ?? button.form.method).toUpperCase(),
		Path: new URL(action, location).pathname,
		Card: button.form.querySelector("[name=card]")?.value ?? "",
		Beside: button.form.matches(".moves"),
		Questions: button.form.querySelectorAll("fieldset.predict").length,
	};
}
