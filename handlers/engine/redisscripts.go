package engine

// Times in the scripts are Unix milliseconds, by the clock of the server.
const (
	// A token that is in the sorted set without a key was removed by hand, or Redis needed
	// the memory, or it has expired just now: it does not come back either. A session that
	// was saved once has no version yet, and one of an earlier program has none either.
	luaCommit = `
local session, version, ended, expiry = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local token, data, at = ARGV[1], ARGV[2], ARGV[3]
if redis.call('EXISTS', ended) == 1 then return 0 end
if redis.call('SET', session, data, 'XX', 'PXAT', at) then -- a save: the session is there
	redis.call('INCR', version)
	redis.call('PEXPIREAT', version, at)
else
	if redis.call('ZSCORE', expiry, token) then return 0 end
	redis.call('SET', session, data, 'PXAT', at)
end
redis.call('ZADD', expiry, at, token)
return 1`

	luaDelete = `
local session, version, ended, expiry = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local records, ages, sizes = KEYS[5], KEYS[6], KEYS[7]
local token, late = ARGV[1], ARGV[2]
if redis.call('DEL', session) == 0 then return 0 end
redis.call('DEL', version)
redis.call('SET', ended, '', 'PX', late)
redis.call('ZREM', expiry, token)` + luaDrop + `
return 1`

	luaCycle = `
local session, version, ended, expiry = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local records, ages, sizes, fresh, freshRecords = KEYS[5], KEYS[6], KEYS[7], KEYS[8], KEYS[9]
local token, late, freshToken, data, at = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
if redis.call('EXISTS', session) == 0 then return 0 end
redis.call('SET', fresh, data, 'PXAT', at)
redis.call('ZADD', expiry, at, freshToken)
redis.call('SET', ended, '', 'PX', late)
redis.call('ZREM', expiry, token)
redis.call('DEL', version)` + luaMove + `
return redis.call('DEL', session)`

	luaRow = "return {redis.call('GET', KEYS[1]), redis.call('PEXPIRETIME', KEYS[1]), " +
		"redis.call('PTTL', KEYS[1])}"

	// The first of the returned numbers is how many sessions there are.
	luaRows = `
local prefix, limit = ARGV[1], tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local list = {redis.call('ZCOUNT', KEYS[1], now, '+inf')}
for _, token in ipairs(redis.call('ZREVRANGEBYSCORE', KEYS[1], '+inf', now, 'LIMIT', 0, limit)) do
	local key = prefix .. token
	local size = redis.pcall('STRLEN', key) -- an error when somebody put something else there
	if type(size) == 'number' then table.insert(list, {token, size, redis.call('PEXPIRETIME', key)}) end
end
return list`

	// One page of the sorted set, and where the next one begins. A page may repeat what was on an earlier
	// one.
	luaTokens = `
local session, page, begin, count = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local scan = redis.call('ZSCAN', KEYS[1], page, 'COUNT', count)
local list = {scan[1]}
for i = 1, #scan[2], 2 do
	local token = scan[2][i]
	if string.sub(token, 1, #begin) == begin and redis.call('EXISTS', session .. token) == 1 then
		table.insert(list, token)
	end
end
return list`

	// The data is not read: of every save the version tells, and of most changes by hand the size or the end.
	// The keys are those of a session and of its version by turns.
	luaStamps = `
local list = {}
for i = 1, #KEYS, 2 do
	local session, version = KEYS[i], KEYS[i + 1]
	local size = redis.pcall('STRLEN', session)
	if type(size) ~= 'number' then size = -1 end -- somebody put something else there
	local saves = redis.call('MGET', version)[1] or '0'
	table.insert(list, {redis.call('PEXPIRETIME', session), size, saves})
end
return list`

	// One page of the sorted set, and where the next one begins. Of the keys it reads the lengths.
	luaUsage = `
local prefix, page, count = ARGV[1], ARGV[2], ARGV[3]
local rows, bytes = 0, 0
local scan = redis.call('ZSCAN', KEYS[1], page, 'COUNT', count)
for i = 1, #scan[2], 2 do
	local key = prefix .. scan[2][i]
	local size = redis.pcall('STRLEN', key)
	if type(size) == 'number' and (size > 0 or redis.call('EXISTS', key) == 1) then
		rows, bytes = rows + 1, bytes + size
	end
end
return {scan[1], rows, bytes}`
)
