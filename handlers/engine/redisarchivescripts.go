package engine

import "fmt"

// leastRoom is what a record counts for at least. So the bound of all bytes is that of all records too, and
// where records are small, their room need not be counted again when one takes the place of another.
const leastRoom = allRecordBytes / allRecords

// luaKeep keeps a record if its session is there. The records end when the session ended as they were kept:
// a save without a record moves the end of the session alone. When all records take too much room, those of
// the sessions go that have not had a new one for longest. Of records that have ended by themselves the room
// counts until then, or until the next sweep.
var luaKeep = fmt.Sprintf(`
local session, records, ages, sizes = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local token, id, data, till, prefix = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local most, at = %d, now + %d -- of no session
if token ~= '' then
	most, at = %d, redis.call('PEXPIRETIME', session)
	if at == -2 then redis.call('DEL', records) return 0 end
end
local n = redis.call('HINCRBY', records, 'n', 1)
redis.call('HSET', records, '#' .. n, till .. id, '=' .. id, till .. data)
if at ~= -1 then redis.call('PEXPIREAT', records, at) end
redis.call('ZADD', ages, now, token)
local least, room = %d, %d
local more = math.max(#data, least)
local first = redis.call('HGET', records, '#' .. n - most)
if first then -- the oldest makes room
	local old = '=' .. string.sub(first, #till + 1)
	more = more - math.max(redis.call('HSTRLEN', records, old) - #till, least)
	redis.call('HDEL', records, '#' .. n - most, old)
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
return 1`, looseRecords, looseLife.Milliseconds(), SessionRecords, leastRoom, allRecordBytes)

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

	// luaAlive is a part of the scripts that read the records of a session: it returns nothing when the
	// session is gone, and says whether a record has ended that begins so.
	luaAlive = `
local session, records = KEYS[1], KEYS[2]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function lives(s) return s and tonumber(string.sub(s, 1, 13)) > now end`

	luaRecordData = luaAlive + `
local token = ARGV[1]
if token ~= '' and redis.call('EXISTS', session) == 0 then return {} end
local list = {}
for i = 2, #ARGV do
	local data = redis.call('HGET', records, '=' .. ARGV[i])
	if lives(data) then
		table.insert(list, ARGV[i])
		table.insert(list, string.sub(data, 14))
	end
end
return list`

	luaDropNote = `
redis.call('ZREM', KEYS[2], ARGV[1])
return redis.call('DEL', KEYS[1])`
)

var luaRecords = fmt.Sprintf(luaAlive+`
local n = redis.call('HGET', records, 'n')
if not n or redis.call('EXISTS', session) == 0 then return {} end
local fields, list = {}, {}
for i = n, n - %d, -1 do table.insert(fields, '#' .. i) end
for _, id in ipairs(redis.call('HMGET', records, unpack(fields))) do
	if lives(id) then table.insert(list, string.sub(id, 14)) end
end
return list`, SessionRecords-1)

var luaSetNote = fmt.Sprintf(`
local note, notes = KEYS[1], KEYS[2]
local key, data, till, prefix = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
redis.call('SET', note, data, 'PXAT', till)
redis.call('ZADD', notes, till, key)
local time = redis.call('TIME')
redis.call('ZREMRANGEBYSCORE', notes, '-inf', time[1] * 1000)
while redis.call('ZCARD', notes) > %d do redis.call('DEL', prefix .. redis.call('ZPOPMIN', notes)[1]) end
return 1`, allNotes)
