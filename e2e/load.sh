#!/usr/bin/env bash
# Measures CPU per request, throughput and waiting times under load, as ratios within one run:
#
#	e2e/load.sh [seconds per measurement] [connections ...]           the lab against bare SCS apps
#	e2e/load.sh engines [seconds per measurement] [connections ...]   the lab on each engine, against the lab on SQLite
#
# The loads: write is POST /set, read is GET /get, mixed is one write to four reads, and click is a POST with the GET
# that it leads to, counted as one (the waiting times are those of each).
#
# The steady figure on a busy machine is CPU per request: user and system time of the server divided by the requests
# that it answered. It needs wrk, which takes little of the processor for itself, and for the engines redis-server and
# PostgreSQL; what it starts has free ports and a temporary directory, and ends with it.
set -euo pipefail
cd "$(dirname "$0")/.."
compare=bare; connections="1 16 64 200"
if [ "${1:-}" = engines ]; then compare=engines; connections=16; shift; fi
seconds=${1:-5}; shift || true
connections=${*:-$connections}
command -v wrk >/dev/null || { echo "wrk is missing (apt-get install wrk)" >&2; exit 1; }

dir=$(mktemp -d)
pids=()
finish() { kill "${pids[@]}" 2>/dev/null || true; wait; rm -rf "$dir"; }
trap finish EXIT
go build -o "$dir/lab" .
go build -o "$dir/bare" ./e2e/bare

# start NAME COMMAND...: starts a server. until_true COMMAND...: waits until the command succeeds.
declare -A url pid
start() {
	local name=$1; shift
	"$@" >"$dir/$name.out" 2>"$dir/$name.err" &
	pids+=($!); pid[$name]=$!
}
until_true() {
	for _ in $(seq 300); do
		"$@" >/dev/null 2>&1 && return
		sleep 0.1
	done
	echo "in vain: $*" >&2; tail -n 5 "$dir"/*.err >&2; exit 1
}
# start_web NAME COMMAND...: starts a web server and learns its address, which it prints.
start_web() {
	start "$@"
	until_true grep -q http:// "$dir/$1.out"
	url[$1]=$(grep -o 'http://[0-9.:]*' "$dir/$1.out" | head -1)
}
lab() { start_web "$1" "$dir/lab" -addr 127.0.0.1:0 -cookie-age 8000s -store "$2"; }

start_bare() {
	lab lab "sqlite:$dir/lab.db"
	local way; for way in split readme memory; do start_web $way "$dir/bare" -store $way -db "$dir/$way.db"; done
	servers="split lab readme memory"
}

answers() { : <"/dev/tcp/127.0.0.1/$1"; }
free_port() {
	local port=$((20000 + RANDOM % 10000))
	while answers $port 2>/dev/null; do port=$((port + 1)); done
	echo $port
}
start_redis() {
	local port; port=$(free_port)
	mkdir "$dir/redis"
	start redis-server redis-server --bind 127.0.0.1 --port $port --dir "$dir/redis" --save "" --appendonly yes
	until_true answers $port
	lab redis "redis://127.0.0.1:$port"
}
# PostgreSQL does not run as root. It waits for the disk at each commit, as it does by default.
start_postgres() {
	local port programs as=()
	port=$(free_port)
	programs=$(dirname "$(command -v postgres || ls /usr/lib/postgresql/*/bin/postgres | tail -1)")
	mkdir "$dir/postgres"
	if [ "$(id -u)" = 0 ]; then
		chmod 711 "$dir"; chown postgres "$dir/postgres"
		as=(setpriv --reuid=postgres --regid=postgres --clear-groups --)
	fi
	"${as[@]}" "$programs/initdb" -D "$dir/postgres/data" -U sessionlab -A trust -E UTF8 --locale=C >"$dir/initdb.log"
	start postgres-server "${as[@]}" "$programs/postgres" -D "$dir/postgres/data" -p $port \
		-c listen_addresses=127.0.0.1 -c unix_socket_directories=
	until_true grep -q 'ready to accept' "$dir/postgres-server.err"
	lab postgres "postgres://sessionlab@127.0.0.1:$port/postgres?sslmode=disable"
}
start_engines() {
	lab sqlite "sqlite:$dir/lab.db"
	lab memory memory:
	lab file "file:$dir/files"
	lab cookie cookie:
	start_redis
	start_postgres
	servers="sqlite memory file cookie redis postgres"
}

# visitors NAME N: gives each of N visitors a session, and writes their cookies down. With signed cookies each save
# makes a new cookie, but the old one stays good: the load sends it again and again.
visitors() {
	for _ in $(seq "$2"); do
		curl -s -o /dev/null -D - -d key=fname -d value=Aman "${url[$1]}/set" | sed -n 's/^[Ss]et-[Cc]ookie: \([^;]*\).*/\1/p'
	done >"$dir/$1.visitors"
}

# ticks NAME: user and system time so far of a server and its children, in clock ticks of 10 ms. 0 without a server.
ticks() {
	local server=${pid[$1]:-} p
	for p in $server ${server:+$(pgrep -P "$server")}; do cat "/proc/$p/stat" 2>/dev/null || true; done |
		awk '{ n += $14 + $15 } END { print n + 0 }'
}

# per TICKS REQUESTS: microseconds for each request.
per() { awk -v t="$1" -v n="$2" 'BEGIN { if (n) printf "%.0f", t * 10000 / n; else print "-" }'; }

# measure LOAD NAME CONNECTIONS: one line of the table. The first server of a load is what the others are held against.
# CPU is that of the web server; what the store's own server takes has its own column.
measure() {
	local load=$1 name=$2 c=$3 before store_before requests rate p50 p99 errors cpu store
	before=$(ticks "$name"); store_before=$(ticks "$name-server")
	read -r requests rate p50 p99 errors < <(wrk -t1 -c"$c" -d"${seconds}s" --timeout 10s -s e2e/load.lua \
		"${url[$name]}" -- "$load" "$dir/$name.visitors" | tail -1)
	cpu=$(per $(($(ticks "$name") - before)) "$requests")
	store=-
	[ -z "${pid[$name-server]:-}" ] || store="$(per $(($(ticks "$name-server") - store_before)) "$requests") µs"
	base=${base:-$cpu}
	printf '%-6s %-9s %5s %9s µs %7s %12s %10s %7s ms %7s ms %7s\n' "$load" "$name" "$c" "$cpu" \
		"$(awk -v a="$cpu" -v b="$base" 'BEGIN { if (b > 0) printf "%.2f", a / b; else print "-" }')" "$store" "$rate" "$p50" "$p99" "$errors"
}

start_$compare
printf '%-6s %-9s %5s %12s %7s %12s %10s %10s %10s %7s\n' load server conns 'CPU/request' ratio 'store CPU' requests/s p50 p99 errors
for c in $connections; do
	for name in $servers; do visitors "$name" "$c"; done
	for load in write read mixed click; do
		base=
		for name in $servers; do measure $load "$name" "$c"; done
	done
done
