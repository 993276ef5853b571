#!/usr/bin/env bash
# Checks the code and runs every test, the browser ones included. Arguments go to "go test", for
# example -race or -run TestPages. It needs Go, git and bash. On Debian, as root, it installs the rest:
# Chromium, Firefox, WebKitGTK, the checkers for accessibility and HTML, the databases that the engine tests
# start, and nginx.
# Elsewhere it says in one line what to install. With CI=true nothing may be skipped.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

have() { command -v "$1" >/dev/null 2>&1; }
step() { printf '\n== %s\n' "$*"; }

find_browser() {
	if [ -n "${CHROME_PATH:-}" ]; then
		have "$CHROME_PATH" || { echo "CHROME_PATH=$CHROME_PATH is no program" >&2; exit 1; }
		return
	fi
	local name
	for name in chromium chromium-browser google-chrome google-chrome-stable microsoft-edge microsoft-edge-stable brave-browser; do
		have "$name" && return
	done
	for name in /Applications/{"Google Chrome",Chromium,"Microsoft Edge","Brave Browser"}.app \
		"$HOME"/Applications/{"Google Chrome",Chromium,"Microsoft Edge","Brave Browser"}.app \
		"${PROGRAMFILES:-/none}/Google/Chrome" "${PROGRAMFILES:-/none} (x86)/Microsoft/Edge"; do
		[ -d "$name" ] && return
	done
	return 1
}
find_shell() { [ -n "${CHROME_PATH:-}" ] || have chromium-headless-shell || have chrome-headless-shell; }
find_firefox() { have firefox-esr || have firefox || [ -x /Applications/Firefox.app/Contents/MacOS/firefox ]; }
find_webkit() { have WebKitWebDriver && have Xvfb && ls /usr/lib/*/webkit2gtk-4.*/MiniBrowser >/dev/null 2>&1; }
find_postgres() { have postgres || ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1; }
find_nginx() { have nginx || [ -x /usr/sbin/nginx ]; }
race() { case " $* ${GOFLAGS:-} " in *" -race"*) return 0 ;; esac; return 1; }

distribution=$([ -r /etc/os-release ] && . /etc/os-release && echo "$ID" || uname -s)
may_install() { [ "$distribution" = debian ] && [ "$(id -u)" = 0 ]; }

# What is missing, as Debian packages.
packages=()
find_browser || packages+=(chromium fonts-noto-color-emoji)
find_firefox || packages+=(firefox-esr)
find_webkit || packages+=(webkit2gtk-driver xvfb)
have npm || packages+=(npm)
have java || packages+=(default-jre-headless)
have redis-server || packages+=(redis-server)
find_nginx || packages+=(nginx-light)
find_postgres || packages+=(postgresql)
if race "$@" && ! have "${CC:-gcc}"; then packages+=(gcc libc6-dev); fi
if [ ${#packages[@]} -gt 0 ] && may_install; then
	step "Installing ${packages[*]}"
	export DEBIAN_FRONTEND=noninteractive
	# The tests start redis, postgres and nginx themselves, with files of their own: none shall run as a service.
	if [ ! -e /usr/sbin/policy-rc.d ]; then
		printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
		chmod +x /usr/sbin/policy-rc.d
		trap 'rm -f /usr/sbin/policy-rc.d' EXIT
	fi
	log=$(mktemp)
	if ! { apt-get update -q && apt-get install -y -q --no-install-recommends "${packages[@]}"; } >"$log" 2>&1; then
		cat "$log" >&2
		exit 1
	fi
	rm -f "$log"
elif [ ${#packages[@]} -gt 0 ]; then
	echo "Missing; install with your system's package manager (these are Debian's names): ${packages[*]}" >&2
	case " ${packages[*]} " in *" chromium "* | *" gcc "*) exit 3 ;; esac
	[ -z "${CI:-}" ] || exit 3
	echo "Going on without: the tests that need it are skipped, and say so with -v." >&2
fi
# Chromium's engine without the browser around it. The tests that need no more take half as long in it; without
# it they use the browser.
if may_install && ! find_shell; then
	step "Installing chromium-headless-shell"
	{ apt-get update -q && apt-get install -y -q --no-install-recommends chromium-headless-shell; } >/dev/null 2>&1 ||
		echo "It cannot be had here. The tests take longer." >&2
fi

if have npm; then
	lock=e2e/node_modules/.package-lock.json
	if [ ! -e "$lock" ] || [ e2e/package-lock.json -nt "$lock" ]; then
		step "Fetching the checkers (npm ci)"
		(cd e2e && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
	fi
fi

# Git may refuse to say anything of a checkout that belongs to somebody else, and then go build fails.
export GOFLAGS="${GOFLAGS:-} -buildvcs=false"
# What Go keeps of earlier runs does not depend on what is installed.
[ -z "${CI:-}" ] || set -- -count=1 "$@"

step "gofmt"
unformatted=$(gofmt -l .)
[ -z "$unformatted" ] || { echo "not formatted: $unformatted" >&2; exit 1; }

step "go vet"
go vet ./...

step "staticcheck"
go run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...

step "go test $*"
go test -timeout 40m "$@" ./...
