-- Puts a dead task back, or forgets it. ARGV: id, 'R' or 'P', its lane's id and text. Answers 1 when it was dead.
local id = ARGV[1]
if call('ZREM', B .. 'd', id) == 0 then return 0 end
local t = load(id)
if not t then
  call('ZREM', B .. 'i', id)
  return 0
end
if ARGV[2] == 'P' then
  call('UNLINK', B .. 't:' .. id, B .. 'b:' .. id, B .. 'e:' .. id)
  free(t.k, id)
  call('ZREM', B .. 'i', id)
  return 1
end
call('HSET', B .. 't:' .. id, 'nf', 0, 'nl', 0, 'c', '', 'pr', '')
call('HDEL', B .. 't:' .. id, 't2', 'o', 'cn')
call('HSET', B .. 'lanes', ARGV[3], ARGV[4])
add(lanes, t.L, 1)
add(counts, 'live', 1)
if t.d > 0 then
  call('ZADD', B .. 'dl', t.d, id)
  due(t.d)
end
event('Y', id)
ready(id, t)
flush()
return 1
