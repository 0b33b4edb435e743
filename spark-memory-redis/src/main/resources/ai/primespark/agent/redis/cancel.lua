-- Cancels a task. ARGV: id, reason, '1' when this is a repetition. Answers C cancelled, Q requested, L too late, U unknown.
local id = ARGV[1]
local t = load(id)
if not t then return 'U' end
if t.s == 'C' and ARGV[3] == '1' then return 'C' end
if NAMES[t.s] then return 'L' end
relieve()
if t.s == 'L' then
  call('HSET', B .. 't:' .. id, 'c', 'USER', 'cn', ARGV[2])
  if t.c ~= 'USER' then event('K', id, 'USER') end
  flush()
  return 'Q'
end
call('ZREM', B .. 'r:' .. t.L, id)
call('ZREM', B .. 's', id)
call('ZREM', B .. 'b', id)
finish(id, t, 'C', ARGV[2])
flush()
return 'C'
