-- Looks at the next part of all tasks and puts those right that stand in no line. ARGV: how many. Where the next part begins is
-- kept in n, so that any instance goes on where another one stopped.
-- Answers '1' at the end, when the counts have been set to what is there, else '0'; and how many were wrong.
relieve()
local from = call('HGET', B .. 'n', 'mend')
local ids = call('ZRANGEBYLEX', B .. 'i', from and '(' .. from or '-', '+', 'LIMIT', 0, ARGV[1])
local repaired = 0
local function wrong()
  repaired = repaired + 1
  add(counts, 'repaired', 1)
end
for _, id in ipairs(ids) do
  local t = load(id)
  if not t then
    if not (call('ZSCORE', B .. 'zD', id) or call('ZSCORE', B .. 'zC', id) or call('ZSCORE', B .. 'zE', id)) then
      call('ZREM', B .. 'l', id)
      call('ZREM', B .. 's', id)
      call('ZREM', B .. 'b', id)
      call('ZREM', B .. 'd', id)
      for _, lane in ipairs(call('HKEYS', B .. 'lc')) do call('ZREM', B .. 'r:' .. lane, id) end
      vanished(id)
      repaired = repaired + 1
    end
  elseif t.s == 'R' and not call('ZSCORE', B .. 'r:' .. t.L, id) then
    wrong()
    ready(id, t)
  elseif t.s == 'L' and not call('ZSCORE', B .. 'l', id) then
    wrong()
    ready(id, t)
  elseif t.s == 'S' and not call('ZSCORE', B .. 's', id) then
    wrong()
    schedule(id, num(call('HGET', B .. 't:' .. id, 'nb')))
  elseif t.s == 'B' and not call('ZSCORE', B .. 'b', id) then
    wrong()
    ready(id, t)
  elseif t.s == 'X' and not call('ZSCORE', B .. 'd', id) then
    wrong()
    call('ZADD', B .. 'd', 0, id)
  elseif (t.s == 'D' or t.s == 'C' or t.s == 'E') and not call('ZSCORE', B .. 'z' .. t.s, id) then
    wrong()
    call('ZADD', B .. 'z' .. t.s, retention(t.x)[1], id)
  end
end
flush()
if #ids == tonumber(ARGV[1]) then
  call('HSET', B .. 'n', 'mend', ids[#ids])
  return { '0', repaired }
end
call('HDEL', B .. 'n', 'mend', 'gone')
local sum = call('ZCARD', B .. 'b') + call('ZCARD', B .. 'l') + call('ZCARD', B .. 's')
for _, lane in ipairs(call('HKEYS', B .. 'lc')) do
  sum = sum + call('ZCARD', B .. 'r:' .. lane)
  if call('ZSCORE', B .. 's', '!' .. lane) then sum = sum - 1 end
end
call('HSET', B .. 'n', 'live', sum)
local running, inLane = {}, {}
for _, id in ipairs(call('ZRANGE', B .. 'l', 0, -1)) do
  local v = call('HMGET', B .. 't:' .. id, 'y', 'L')
  if v[1] then
    add(running, v[1], 1)
    add(inLane, v[2], 1)
  end
end
for _, field in ipairs(call('HKEYS', B .. 'n')) do
  if string.sub(field, 1, 2) == 'r:' then call('HSET', B .. 'n', field, running[string.sub(field, 3)] or 0) end
end
-- Lanes too, if the lines of those that wait are not so long that everybody else would have to wait for it.
if call('ZCARD', B .. 's') + call('ZCARD', B .. 'b') <= 20000 then
  for _, line in ipairs({ 's', 'b' }) do
    for _, id in ipairs(call('ZRANGE', B .. line, 0, -1)) do
      local lane = call('HGET', B .. 't:' .. id, 'L')
      if lane then add(inLane, lane, 1) end
    end
  end
  for _, lane in ipairs(call('HKEYS', B .. 'lc')) do
    local n = call('ZCARD', B .. 'r:' .. lane) + (inLane[lane] or 0)
    if n > 0 then call('HSET', B .. 'lc', lane, n) else forget(lane) end
  end
end
return { '1', repaired }
