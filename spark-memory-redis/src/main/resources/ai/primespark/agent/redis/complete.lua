-- Ends leases. ARGV, of each: id, agent, fence, kind, digest of the outcome, bytes (result, error text, checkpoint or reason), and
-- pause before the next attempt or a flag. Kinds: S success, F failure, D failure for good, R release, W release for a while with
-- a reason, C stopped as cancelled, E stopped as expired. The flag of S and R is '1' when there are bytes.
-- Answers 1 for each that was accepted, now or before, else 0.
local answers, ids = {}, {}
for a = 1, #ARGV, 7 do ids[#ids + 1] = ARGV[a] end
local scores = call('ZMSCORE', B .. 'l', unpack(ids))
local accepted, removed, tasks = {}, {}, {}
for i, id in ipairs(ids) do
  local a = (i - 1) * 7 + 1
  local mark = ARGV[a + 2] .. ':' .. ARGV[a + 4]
  local t = tasks[id]
  if t == nil then
    t = glance(id) or false
    tasks[id] = t
  end
  if not t then
    answers[i] = 0
  elseif t.s == 'L' and t.a == ARGV[a + 1] and t.f == ARGV[a + 2] and num(scores[i]) > now then
    t.s, t.o = 'over', mark
    accepted[#accepted + 1] = i
    removed[#removed + 1] = id
    answers[i] = 1
  else
    answers[i] = t.o == mark and 1 or 0
  end
end
if not removed[1] then return answers end
call('ZREM', B .. 'l', unpack(removed)) -- first, so that it works when the memory is full
for _, i in ipairs(accepted) do
  local a, id = (i - 1) * 7 + 1, ids[i]
  local t, key, kind, bytes, extra = tasks[id], B .. 't:' .. id, ARGV[a + 3], ARGV[a + 5], ARGV[a + 6]
  add(types, t.y, -1)
  if kind ~= 'S' then more(id, t) end
  if kind == 'S' then
    if extra == '1' then
      finish(id, t, 'D', nil, { 'o', t.o, 'r', bytes })
    else
      finish(id, t, 'D', nil, { 'o', t.o })
    end
  elseif kind == 'F' or kind == 'D' then
    call('HSET', key, 'o', t.o, 'nf', t.nf + 1, 'er', with(t.er, bytes), 'z', bytes, 'pr', '')
    if t.c == 'USER' then
      finish(id, t, 'C', t.cn)
    elseif kind == 'D' then
      finish(id, t, 'X')
    elseif t.c == 'DEADLINE' or t.d > 0 and t.d <= now then
      finish(id, t, 'E', 'its deadline has passed')
    else
      add(counts, 'retries', 1)
      event('F', id, bytes)
      if tonumber(extra) > 0 then schedule(id, now + tonumber(extra)) else ready(id, t) end
    end
  elseif kind == 'R' or kind == 'W' then
    call('HSET', key, 'o', t.o, 'pr', '')
    if kind == 'W' then
      call('HSET', key, 'z', bytes)
    elseif extra ~= '' then
      call('HSET', key, 'ck', bytes)
    end
    event('R', id, ARGV[a + 4])
    if t.c == 'USER' then
      finish(id, t, 'C', t.cn)
    elseif t.c == 'DEADLINE' or t.d > 0 and t.d <= now then
      finish(id, t, 'E', 'its deadline has passed')
    elseif kind == 'W' then
      schedule(id, now + tonumber(extra))
    else
      ready(id, t)
    end
  elseif kind == 'C' or t.c == 'USER' then
    finish(id, t, 'C', t.cn, { 'o', t.o })
  else
    finish(id, t, 'E', 'its deadline has passed', { 'o', t.o })
  end
end
flush()
return answers
