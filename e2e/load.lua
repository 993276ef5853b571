-- What wrk sends for load.sh. Arguments: the kind of load, and a file with the cookie of one visitor a line. The
-- visitors take turns, so each connection has its own session. The last line of the output is the figures.
local requests, at, redirected = {}, 0, {}
local thread -- in the state that reports; wrk has another one for the requests

-- A click is what a form makes a browser do: the POST, and the GET that its answer leads to, with the cookie that it
-- sets. Both count as one.
local function click(status, headers)
	if status == 303 then
		redirected[#redirected + 1] = wrk.format("GET", headers["Location"],
			{ Cookie = headers["Set-Cookie"]:match("^[^;]*") })
	end
end

function init(args)
	local load = args[1]
	parts = 1 -- of what is counted; global, so that done can get it
	if load == "click" then
		parts, response = 2, click
	end
	for cookie in io.lines(args[2]) do
		local write = load == "write" or load == "click" or load == "mixed" and #requests % 5 == 4
		if write then
			requests[#requests + 1] = wrk.format("POST", "/set",
				{ Cookie = cookie, ["Content-Type"] = "application/x-www-form-urlencoded" }, "key=fname&value=Aman")
		else
			requests[#requests + 1] = wrk.format("GET", "/get", { Cookie = cookie })
		end
	end
end

function request()
	if #redirected > 0 then
		return table.remove(redirected)
	end
	at = at % #requests + 1
	return requests[at]
end

function setup(t)
	thread = t
end

-- Requests, requests a second, p50 and p99 in ms, errors.
function done(summary, latency)
	local e, counted = summary.errors, summary.requests / thread:get("parts")
	print(string.format("%d %.0f %.1f %.1f %d", counted, counted / summary.duration * 1e6,
		latency:percentile(50) / 1000, latency:percentile(99) / 1000,
		e.connect + e.read + e.write + e.status + e.timeout))
end
