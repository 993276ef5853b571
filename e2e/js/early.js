// Sends what goes wrong in a page to the test, from a browser whose driver tells nothing of the console. It is put
// into each page before the page's own scripts.
(() => {
	const tell = text => navigator.sendBeacon("/e2e-heard", location.pathname + ": " + text);
	addEventListener("error", e => {
		if (e.target === window) tell(`${e.message}, ${e.filename}:${e.lineno}`);
		else tell("not loaded: " + e.target.outerHTML.slice(0, 200));
	}, true);
	addEventListener("unhandledrejection", e => tell("unhandled: " + e.reason));
	addEventListener("securitypolicyviolation", e => tell(`${e.violatedDirective} forbids ${e.blockedURI}`));
	for (const level of ["error", "warn", "assert"]) {
		const say = console[level];
		console[level] = (...what) => { tell(level + ": " + what.join(" ")); say.apply(console, what); };
	}
})();
