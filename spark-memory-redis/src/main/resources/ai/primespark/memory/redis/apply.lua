-- Stores a record if its version is newer than that of the record held, and if the condition holds.
-- KEYS: the record's key. ARGV: the record; '' or 'A' (if absent) or 'V' and a version; now, 8 bytes of
-- milliseconds; when Redis may forget it, in milliseconds, or ''; '1' when losing the old record is no harm.
-- Answers '+' done, 'O' and version: older, 'C' and version or nothing: conflict, 'D': the record held is damaged.
local function after(a, b) -- by bytes: Lua's own comparison asks the locale
  for i = 1, math.min(#a, #b) do
    local x, y = string.byte(a, i), string.byte(b, i)
    if x ~= y then return x > y end
  end
  return #a > #b
end
local function version(record)
  return string.sub(record, 5, 12) .. string.sub(record, 31, 30 + string.byte(record, 13))
end
local key, record, condition = KEYS[1], ARGV[1], ARGV[2]
local head = redis.pcall('GETRANGE', key, 0, 61)
if type(head) == 'table' then
  if not string.find(head.err, 'WRONGTYPE', 1, true) then return head end
  head = 'no record'
end
local held, live = false, false
if head ~= '' then
  if #head > 30 and string.sub(head, 1, 4) == 'PSR1' and #head >= 30 + string.byte(head, 13) then
    held = version(head)
    live = string.byte(head, 14) % 2 == 0 and after(string.sub(head, 15, 22), ARGV[3])
  elseif condition ~= '' then
    return 'D'
  end
end
if condition == 'A' then
  if live then return 'C' .. held end
elseif condition ~= '' then
  if not live then return 'C' end
  if string.sub(condition, 2) ~= held then return 'C' .. held end
end
if held and not after(version(record), held) then return 'O' .. held end
local done
if ARGV[4] == '' then
  done = redis.pcall('SET', key, record)
else
  done = redis.pcall('SET', key, record, 'PXAT', ARGV[4])
end
if done.err then
  -- better nothing than a value that is known to be outdated
  if ARGV[5] == '1' and head ~= '' and string.find(done.err, 'OOM', 1, true) then redis.call('UNLINK', key) end
  return done
end
redis.call('EXISTS', key) -- a read, so that the server goes on to announce changes of the key to this connection
return '+'
