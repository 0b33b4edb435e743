-- Leases tasks. ARGV: request id, agent, instance, life, how many; how many lanes, and of each id, head start and type; how many
-- limits, and of each type, most running and starts a second (0: any number).
-- Answers seven values a lease: id, fence, attempt, failures, losses, envelope, checkpoint.
local request, agent, instance, life, want = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
local memory, answer = B .. 'q:' .. agent, {}
local function give(id, fence, attempt, failures, losses, envelope, checkpoint)
  local n = #answer
  answer[n + 1], answer[n + 2], answer[n + 3] = id, fence, attempt
  answer[n + 4], answer[n + 5], answer[n + 6], answer[n + 7] = failures or '0', losses or '0', envelope, checkpoint or ''
end

local before = call('HGET', memory, request)
if before then
  for id, fence in string.gmatch(before, '(%S+) (%S+)') do
    local v = call('HMGET', B .. 't:' .. id, 's', 'f', 'n', 'nf', 'ck', 'nl')
    local envelope = call('GET', B .. 'e:' .. id)
    if v[1] == 'L' and v[2] == fence and envelope and num(call('ZSCORE', B .. 'l', id)) > now then
      give(id, fence, v[3], v[4], v[6], envelope, v[5])
    end
  end
  return answer
end

promote(200)
local heads, at = {}, 7
for i = 1, tonumber(ARGV[6]) do
  heads[i] = { id = ARGV[at], boost = tonumber(ARGV[at + 1]), type = ARGV[at + 2], offset = 0, taken = {} }
  at = at + 3
end
local limits = {}
for _ = 1, tonumber(ARGV[at]) do
  limits[ARGV[at + 1]] = { most = tonumber(ARGV[at + 2]), rate = tonumber(ARGV[at + 3]) }
  at = at + 3
end

local function fill(head)
  local page = math.min(want, 64)
  head.row = call('ZRANGE', B .. 'r:' .. head.id, head.offset, head.offset + page - 1, 'WITHSCORES')
  head.offset, head.pos, head.last = head.offset + #head.row / 2, 1, #head.row < page * 2
end
local function current(head)
  if not head.row or head.pos > #head.row and not head.last then fill(head) end
  if head.pos > #head.row then return nil end
  return tonumber(head.row[head.pos + 1]) - head.boost
end

-- How many more of a type may start now, and when the next may if none.
local function allowance(name)
  local limit = limits[name]
  if not limit then return 1, nil end
  if not limit.free then
    limit.free = limit.most - num(call('HGET', B .. 'n', 'r:' .. name))
    if limit.rate > 0 then
      local size = math.max(1, limit.rate)
      local tokens, stamp = string.match(call('HGET', B .. 'n', 'k:' .. name) or '', '(%S+) (%S+)')
      limit.tokens = tokens and math.min(size, tonumber(tokens) + (now - tonumber(stamp)) * limit.rate / 1000000) or size
    end
  end
  if limit.free < 1 then return 0, nil end
  if limit.tokens and limit.tokens < 1 then return 0, now + math.ceil((1 - limit.tokens) / limit.rate * 1000000) end
  return 1, nil
end

local chosen, keys = {}, {}
while #chosen < want do
  local best, lowest
  for _, head in ipairs(heads) do
    local score = not head.closed and current(head)
    if score and (not best or score < lowest) then best, lowest = head, score end
  end
  if not best then break end
  local allowed, later = allowance(best.type)
  if allowed == 0 then
    best.closed, best.later = true, later
  else
    local id = best.row[best.pos]
    best.pos = best.pos + 2
    best.taken[#best.taken + 1] = id
    chosen[#chosen + 1] = { id, best }
    keys[#keys + 1] = B .. 'e:' .. id
    local limit = limits[best.type]
    if limit then
      limit.free = limit.free - 1
      if limit.tokens then
        limit.tokens = limit.tokens - 1
        limit.spent = true
      end
    end
  end
end

relieve()
local envelopes = {}
for from = 1, #keys, 1000 do
  for _, envelope in ipairs(call('MGET', unpack(keys, from, math.min(from + 999, #keys)))) do
    envelopes[#envelopes + 1] = envelope
  end
end
local entries, remembered, till = {}, {}, int(now + life)
for i, choice in ipairs(chosen) do
  local id, head = choice[1], choice[2]
  local key = B .. 't:' .. id
  local v = call('HMGET', key, 's', 'f', 'n', 'nf', 'ck', 'd', 'pr', 'nl')
  if not v[1] then
    vanished(id)
    add(lanes, head.id, -1)
  elseif v[1] == 'R' then
    if num(v[6]) > 0 and num(v[6]) <= now then
      finish(id, load(id), 'E', 'its deadline has passed')
    elseif not envelopes[i] then
      add(counts, 'repaired', 1)
      finish(id, load(id), 'X', 'its payload is lost; was it evicted or deleted?')
    else
      local fence = num(v[2]) < now and nowText or int(num(v[2]) + 1)
      local attempt = v[3] and int(v[3] + 1) or '1'
      call('HSET', key, 's', 'L', 'f', fence, 'n', attempt, 'a', agent, 'i', instance, 't1', nowText)
      if v[7] and v[7] ~= '' then call('HDEL', key, 'pr') end
      local n = #entries
      entries[n + 1], entries[n + 2] = till, id
      remembered[#remembered + 1] = id .. ' ' .. fence
      add(types, head.type, 1)
      event('T', id, agent)
      give(id, fence, attempt, v[4], v[8], envelopes[i], v[5])
    end
  end
end

-- Whoever comes next wakes the one after, so that no task waits for an agent that sleeps. That goes for lanes from which nothing
-- was taken, too: it may have been their mark that has woken this agent, which found something more urgent.
local short = #entries / 2 < #chosen -- some have ended instead, so that a type's limit may not be reached after all
for _, head in ipairs(heads) do
  local left = head.row and head.row[1]
  if head.taken[1] then
    many('ZREM', B .. 'r:' .. head.id, head.taken)
    left = call('ZCARD', B .. 'r:' .. head.id) > 0
    if not left then call('DEL', B .. 'w:' .. head.id) end
  end
  if left and not head.closed then
    local allowed, later = allowance(head.type)
    head.closed, head.later = allowed == 0, later
  end
  if left and (not head.closed or short and not head.later) then
    wake(head.id, 1)
  elseif head.closed and head.later then
    call('ZADD', B .. 's', head.later, '!' .. head.id)
    due(head.later)
  elseif head.closed then
    call('SADD', B .. 'h:' .. head.type, head.id)
  end
end
if entries[1] then
  if call('ZCARD', B .. 'l') == 0 then controls[#controls + 1] = 'B' end -- there was nothing to watch over until now
  many('ZADD', B .. 'l', entries)
  if call('HSETNX', B .. 'o', instance, '?') == 1 and call('PUBSUB', 'NUMSUB', B .. 'o:' .. instance)[2] > 0 then
    call('HSET', B .. 'o', instance, '+')
  end
  if call('HLEN', memory) >= 16 then call('DEL', memory) end
  call('HSET', memory, request, table.concat(remembered, ' '))
  call('PEXPIRE', memory, math.max(60000, math.ceil(life / 1000)))
  for name, limit in pairs(limits) do
    if limit.spent then call('HSET', B .. 'n', 'k:' .. name, string.format('%.6f %.0f', limit.tokens, now)) end
  end
end
flush()
return answer
