#!/usr/bin/env bash
# Measures the lab against bare SCS apps in one run: CPU per request, throughput and p99, as ratios.
# The steady figure on a busy machine is CPU per request: user and system time of the server divided by
# the requests that it answered. Usage: e2e/load.sh [seconds per measurement] [connections ...]
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-5}; shift || true
connections=${*:-1 16 64 200}
dir=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; rm -rf "$dir"' EXIT

go build -o "$dir/lab" .
go build -o "$dir/bare" ./e2e/bare
GOFLAGS=-mod=mod GOBIN=$dir go install github.com/tsenart/vegeta/v12@latest

# start NAME COMMAND...: starts a server and waits for the address that it prints.
declare -A url pid
start() {
	local name=$1; shift
	"$@" >"$dir/$name.out" 2>/dev/null &
	pids+=($!); pid[$name]=$!
	for _ in $(seq 100); do
		url[$name]=$(grep -o 'http://[0-9.:]*' "$dir/$name.out" | head -1) && [ -n "${url[$name]}" ] && return
		sleep 0.1
	done
	echo "$name did not start" >&2; exit 1
}
start lab "$dir/lab" -addr 127.0.0.1:0 -db "$dir/lab.db" -cookie-age 8000s
start split "$dir/bare" -store split -db "$dir/split.db"
start readme "$dir/bare" -store readme -db "$dir/readme.db"
start memory "$dir/bare" -store memory

# targets NAME N: a session for each of N visitors, and vegeta's targets for them. Of the mixed ones a fifth write.
targets() {
	local name=$1 n=$2 base=${url[$1]} cookie i
	printf 'key=fname&value=Aman' >"$dir/body"
	: >"$dir/$name.write"; : >"$dir/$name.read"; : >"$dir/$name.mixed"
	for i in $(seq "$n"); do
		cookie=$(curl -s -o /dev/null -D - -d key=fname -d value=Aman "$base/set" | sed -n 's/^[Ss]et-[Cc]ookie: \([^;]*\).*/\1/p')
		local write="POST $base/set
Cookie: $cookie
Content-Type: application/x-www-form-urlencoded
@$dir/body
"
		local read="GET $base/get
Cookie: $cookie
"
		echo "$write" >>"$dir/$name.write"
		echo "$read" >>"$dir/$name.read"
		if [ $((i % 5)) = 0 ]; then echo "$write"; else echo "$read"; fi >>"$dir/$name.mixed"
	done
}

# ticks NAME: user and system time of a server so far, in clock ticks of 10 ms.
ticks() { awk '{print $14 + $15}' "/proc/${pid[$1]}/stat"; }

printf '%-6s %-7s %5s %12s %9s %10s %9s %7s\n' load server conns 'CPU/request' ratio requests/s p99 errors
for c in $connections; do
	for name in lab split readme memory; do targets $name "$c"; done
	for load in write read mixed; do
		declare -A cpu=()
		for name in split lab readme memory; do
			before=$(ticks $name)
			"$dir/vegeta" attack -redirects=-1 -rate=0 -max-workers="$c" -workers="$c" -connections="$c" -duration="${seconds}s" \
				-targets="$dir/$name.$load" | "$dir/vegeta" report -type=json >"$dir/report.json"
			after=$(ticks $name)
			read -r requests rate p99 errors < <(node -e '
				const r = JSON.parse(require("fs").readFileSync(process.argv[1]));
				const bad = Object.entries(r.status_codes).filter(([s]) => !/^[23]/.test(s)).reduce((n, [, k]) => n + k, 0);
				console.log(r.requests, r.throughput.toFixed(0), (r.latencies["99th"] / 1e6).toFixed(1), bad)' "$dir/report.json")
			cpu[$name]=$(( (after - before) * 10000 / requests ))
			ratio=$(awk -v a="${cpu[$name]}" -v b="${cpu[split]}" 'BEGIN { printf "%.2f", a / b }')
			printf '%-6s %-7s %5s %9s µs %9s %10s %6s ms %7s\n' $load $name "$c" "${cpu[$name]}" "$ratio" "$rate" "$p99" "$errors"
		done
	done
done
