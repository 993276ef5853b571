package engine

import "fmt"

const (
	// sessionRoom is how many bytes the records of all sessions have: the others may need the rest.
	sessionRoom = allRecordBytes - looseRecords*MaxRecord
	// leastRoom is what a record counts for at least. So the bound of all bytes is that of all records too,
	// and the room of small records need not be counted again when one takes the place of another.
	leastRoom = sessionRoom / (allRecords - looseRecords)
)

// luaKeep keeps a record if its session is there, in the place of the oldest one where all have one. The
// records end when the session ended as the last was kept: a save without a record moves the end of the
// session alone. When all records take too much room, those of the sessions go that have not had a new one
// for longest; a session that has all its records is taken down as young only now and then. Of records that
// have ended by themselves the room counts until then, or until the next sweep.
var luaKeep = fmt.Sprintf(`
local session, records, ages, sizes = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local token, id, data, prefix = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local at, most, least, room = redis.call('PEXPIRETIME', session), %d, %d, %d
if at == -2 then redis.call('DEL', records) return 0 end
local n = redis.call('HINCRBY', records, 'n', 1)
local place, more = n %% most, math.max(#data, least)
if n > most then more = more - math.max(redis.call('HSTRLEN', records, 'data' .. place), least) end
redis.call('HSET', records, 'id' .. place, id, 'data' .. place, data)
if at ~= -1 then redis.call('PEXPIREAT', records, at) end
if n <= most or string.byte(id, 13) %% 4 == 0 then
	local time = redis.call('TIME') -- in microseconds: a class does much in a second
	redis.call('ZADD', ages, time[1] .. string.format('%%06d', time[2]), token)
end
if more == 0 then return 1 end
local function forget(token)
	local size = redis.call('HGET', sizes, token) or 0
	redis.call('HDEL', sizes, token)
	return redis.call('HINCRBY', sizes, '*', 0 - size)
end
if n == 1 then forget(token) end -- earlier records have ended by themselves
redis.call('HINCRBY', sizes, token, more)
local all = redis.call('HINCRBY', sizes, '*', more)
while all > room do
	local oldest = redis.call('ZPOPMIN', ages)[1]
	if not oldest then redis.call('DEL', sizes) break end -- somebody removed ages by hand
	redis.call('DEL', prefix .. oldest)
	all = forget(oldest)
end
return 1`, SessionRecords, leastRoom, sessionRoom)

const (
	// luaDrop is a part of the scripts that end a session.
	luaDrop = `
redis.call('DEL', records)
redis.call('ZREM', ages, token)
local size = redis.call('HGET', sizes, token)
if size then
	redis.call('HINCRBY', sizes, '*', 0 - size)
	redis.call('HDEL', sizes, token)
end`

	luaForget = `
local records, ages, sizes, token = KEYS[1], KEYS[2], KEYS[3], ARGV[1]` + luaDrop + `
return 1`

	// luaMove is a part of the script that moves a session.
	luaMove = `
local age = redis.call('ZSCORE', ages, token)
if age then -- the session has records
	if redis.call('EXISTS', records) == 1 then
		redis.call('RENAME', records, freshRecords)
		redis.call('PEXPIREAT', freshRecords, at)
	end
	redis.call('ZADD', ages, age, freshToken)
	redis.call('ZREM', ages, token)
	redis.call('HSET', sizes, freshToken, redis.call('HGET', sizes, token) or 0)
	redis.call('HDEL', sizes, token)
end`

	// luaTidy looks at some of the tokens, by chance: of those whose records have ended by themselves it
	// forgets the room.
	luaTidy = `
local ages, sizes, prefix, some = KEYS[1], KEYS[2], ARGV[1], ARGV[2]
local gone = 0
for _, token in ipairs(redis.call('ZRANDMEMBER', ages, some)) do
	if redis.call('EXISTS', prefix .. token) == 0 then
		redis.call('ZREM', ages, token)
		redis.call('HINCRBY', sizes, '*', 0 - (redis.call('HGET', sizes, token) or 0))
		redis.call('HDEL', sizes, token)
		gone = gone + 1
	end
end
return gone`

	// luaSet keeps something of no session under a key of its own. When there is too much of its kind, that
	// goes that would end first.
	luaSet = `
local key, ends = KEYS[1], KEYS[2]
local name, data, till, prefix, most = ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])
redis.call('SET', key, data, 'PXAT', till)
redis.call('ZADD', ends, till, name)
redis.call('ZREMRANGEBYSCORE', ends, '-inf', redis.call('TIME')[1] * 1000)
while redis.call('ZCARD', ends) > most do redis.call('DEL', prefix .. redis.call('ZPOPMIN', ends)[1]) end
return 1`

	luaDropNote = `
redis.call('ZREM', KEYS[2], ARGV[1])
return redis.call('DEL', KEYS[1])`
)

// luaHeads is a part of the scripts that read the records of a session, the latest first.
var luaHeads = fmt.Sprintf(`
local session, records, most = KEYS[1], KEYS[2], %d
local list, time = {}, redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local n = redis.call('HGET', records, 'n')
if not n or redis.call('EXISTS', session) == 0 then return list end
for i = n, math.max(n - most + 1, 1), -1 do
	local place = i %% most
	local head = redis.call('HGET', records, 'id' .. place) or ''
	local ends, id = tonumber(string.sub(head, 1, 13)), string.sub(head, 14)
	if ends and ends > now then`, SessionRecords)

var luaRecords = luaHeads + `
		table.insert(list, id)
	end
end
return list`

var luaRecordData = luaHeads + `
		for _, wanted in ipairs(ARGV) do
			if id == wanted then
				table.insert(list, id)
				table.insert(list, redis.call('HGET', records, 'data' .. place))
			end
		end
	end
end
return list`
