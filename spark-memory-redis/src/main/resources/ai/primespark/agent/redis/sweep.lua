-- Does what is due. ARGV: instance; '1' when it has been connected for long enough to judge who is present; grace for those who
-- are not; '1' to check the counts; how much at most.
-- Answers how long until something is due, '1' when more is due now, '1' when the counts do not match or are being mended, and '1' when this instance
-- is one of the two that watch closely, '0' when two others do.
local instance, judge, grace, most = ARGV[1], ARGV[2] == '1', tonumber(ARGV[3]), tonumber(ARGV[5])
local WATCH, BACKUP, TIDY, IDLE = 200000, 2000000, 5000000, 30000000
local again, seated, others = false, false, 0
relieve()

for _, id in ipairs(call('ZRANGEBYSCORE', B .. 'l', '-inf', now, 'LIMIT', 0, most)) do lost(id, load(id)) end

-- Presence: every instance listens on a channel of its own, and its connection's end is known at once. One that was heard
-- listening and does not for longer than the grace has ended, and its leases with it. It is no proof; the fence is.
local pause = IDLE
if call('ZCARD', B .. 'l') > 0 then
  local known = call('HGETALL', B .. 'o')
  local channels, heard = { B .. 'o:' .. instance }, {}
  for i = 1, #known, 2 do channels[#channels + 1] = B .. 'o:' .. known[i] end
  local listeners = call('PUBSUB', 'NUMSUB', unpack(channels))
  for i = 1, #listeners, 2 do heard[string.sub(listeners[i], #B + 3)] = listeners[i + 1] > 0 end
  judge = judge and heard[instance] -- else the queue is on this node since a moment ago, and nobody has come here yet
  pause = BACKUP
  for i = 1, judge and #known or 0, 2 do
    local who, state = known[i], known[i + 1]
    if heard[who] then
      if state ~= '+' then call('HSET', B .. 'o', who, '+') end
    elseif state == '+' then
      call('HSET', B .. 'o', who, int(now))
      pause = math.min(pause, grace)
    elseif state ~= '?' then
      local left = tonumber(state) + grace - now
      if left > 0 then
        pause = math.min(pause, left)
      else
        for _, id in ipairs(call('ZRANGE', B .. 'l', 0, -1)) do
          if call('HGET', B .. 't:' .. id, 'i') == who then lost(id, load(id)) end
        end
        call('HDEL', B .. 'o', who)
      end
    end
  end
  -- two watch closely; the others look now and then whether these still do
  for _, seat in ipairs({ 'watch1', 'watch2' }) do
    local who, stamp = string.match(call('HGET', B .. 'n', seat) or '', '(%S+) (%S+)')
    local free = not who or who == instance or num(stamp) + BACKUP < now
        or call('PUBSUB', 'NUMSUB', B .. 'o:' .. who)[2] == 0
    if free and judge then
      call('HSET', B .. 'n', seat, instance .. ' ' .. int(now))
      pause = math.min(pause, WATCH)
      seated = true
      break
    elseif not free then
      others = others + 1
    end
  end
elseif call('EXISTS', B .. 'o') == 1 then
  call('DEL', B .. 'o')
end

if promote(most) == most then again = true end

for _, id in ipairs(call('ZRANGEBYSCORE', B .. 'dl', '-inf', now, 'LIMIT', 0, most)) do
  call('ZREM', B .. 'dl', id)
  local t = load(id)
  if not t then
    vanished(id)
  elseif t.s == 'L' then
    if t.c == '' then
      call('HSET', B .. 't:' .. id, 'c', 'DEADLINE')
      event('K', id, 'DEADLINE')
    end
  elseif not NAMES[t.s] then
    call('ZREM', B .. 'r:' .. t.L, id)
    call('ZREM', B .. 's', id)
    call('ZREM', B .. 'b', id)
    finish(id, t, 'E', 'its deadline has passed')
  end
end

for _, index in ipairs({ 'zD', 'zC', 'zE' }) do
  local past = call('ZRANGEBYSCORE', B .. index, '-inf', now, 'LIMIT', 0, most)
  for _, id in ipairs(past) do
    free(call('HGET', B .. 't:' .. id, 'k') or '', id)
    call('UNLINK', B .. 't:' .. id, B .. 'b:' .. id)
  end
  many('ZREM', B .. index, past)
  many('ZREM', B .. 'i', past)
  if #past == most then again = true end
end
flush()

local mismatch = '0'
if ARGV[4] == '1' then
  local sum = call('ZCARD', B .. 'b') + call('ZCARD', B .. 'l') + call('ZCARD', B .. 's')
  for _, lane in ipairs(call('HKEYS', B .. 'lc')) do
    sum = sum + call('ZCARD', B .. 'r:' .. lane)
    if call('ZSCORE', B .. 's', '!' .. lane) then sum = sum - 1 end
  end
  local n = call('HMGET', B .. 'n', 'live', 'mend', 'gone')
  if sum ~= num(n[1]) or n[2] or n[3] then mismatch = '1' end
  -- submitters whose flood has passed, and agents that have not been heard of for an hour
  local part = call('HSCAN', B .. 'u', call('HGET', B .. 'n', 'scan') or '0', 'COUNT', 200)
  for i = 1, #part[2], 2 do
    if num(part[2][i + 1]) < now then call('HDEL', B .. 'u', part[2][i]) end
  end
  if part[1] == '0' then call('HDEL', B .. 'n', 'scan') else call('HSET', B .. 'n', 'scan', part[1]) end
  local agents = call('HGETALL', B .. 'a')
  for i = 1, #agents, 2 do
    local heard, life = string.match(agents[i + 1], '^(%d+) (%d+) ')
    if num(heard) + num(life) + 3600000000 < now then
      call('HDEL', B .. 'a', agents[i])
    end
  end
end
-- What two others see to can wait here; and what is only to be forgotten has an end of its own, so that it is cleared away now and then.
local function look(indexes, least, more)
  for _, index in ipairs(indexes) do
    local head = call('ZRANGE', B .. index, 0, 0, 'WITHSCORES')
    if head[1] then pause = math.min(pause, math.max(least, tonumber(head[2]) - now) + more) end
  end
end
look({ 's', 'l', 'dl' }, 1000, others == 2 and BACKUP or 0)
look({ 'zD', 'zC', 'zE' }, TIDY, 0)
return { int(pause), again and '1' or '0', mismatch, seated and '1' or others == 2 and '0' or '' }
