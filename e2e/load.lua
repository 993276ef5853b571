-- What wrk sends for load.sh. Arguments: the kind of load, and a file with the cookie of one visitor a line. The
-- visitors take turns, so each connection has its own session. The last line of the output is the figures.
local requests, at = {}, 0

function init(args)
	local load = args[1]
	for cookie in io.lines(args[2]) do
		local write = load == "write" or load == "mixed" and #requests % 5 == 4
		if write then
			requests[#requests + 1] = wrk.format("POST", "/set",
				{ Cookie = cookie, ["Content-Type"] = "application/x-www-form-urlencoded" }, "key=fname&value=Aman")
		else
			requests[#requests + 1] = wrk.format("GET", "/get", { Cookie = cookie })
		end
	end
end

function request()
	at = at % #requests + 1
	return requests[at]
end

-- Requests, requests a second, p50 and p99 in ms, errors.
function done(summary, latency)
	local e = summary.errors
	print(string.format("%d %.0f %.1f %.1f %d", summary.requests, summary.requests / summary.duration * 1e6,
		latency:percentile(50) / 1000, latency:percentile(99) / 1000,
		e.connect + e.read + e.write + e.status + e.timeout))
end
