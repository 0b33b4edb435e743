-- What all scripts of the queue begin with. KEYS[1] is what all its keys begin with, hash tag included, so that every key lies
-- where this one does. Time is the server's, in microseconds. Nothing is written before the first call of a script says so;
-- what touches many tasks at once is collected and written by flush().
local B, call = KEYS[1], redis.call
local clock = call('TIME')
local now = clock[1] * 1000000 + clock[2]
local nowText = string.format('%.0f', now) -- numbers are slow to write out
local SPACING, LATEST, REPEATED, MARKS = 1000, 600000000, 60000000, 4
local NAMES = { D = 'SUCCEEDED', X = 'DEAD', C = 'CANCELLED', E = 'EXPIRED' }
local events, controls, lanes, types, marks, places, counts, ended = {}, {}, {}, {}, {}, {}, {}, {}
local payloads, over, ends = {}, {}, {}
local soonest

local function num(x) return tonumber(x or 0) or 0 end
local function int(x) return string.format('%.0f', x) end
local function add(to, key, n) to[key] = (to[key] or 0) + n end
local function wake(lane, n) add(marks, lane, n) end
local function rewake(lane) if call('ZCARD', B .. 'r:' .. lane) > 0 then wake(lane, 1) end end
local function due(at) if not soonest or at < soonest then soonest = at end end
local function event(kind, id, note)
  note = note or ''
  events[#events + 1] = kind .. id .. ' ' .. #note .. ' ' .. note
end

-- A full server refuses a script whose first write needs memory, and lets one go on that began with a removal.
local function relieve() call('ZREM', B .. 'l', '') end

-- For commands with many members: Lua's stack is finite.
local function many(command, key, members)
  for from = 1, #members, 1000 do
    call(command, key, unpack(members, from, math.min(from + 999, #members)))
  end
end

-- Error texts stand one after the other, each behind its length and a colon; the last 16 are kept.
local function with(texts, text)
  texts = texts or ''
  local n, at, second = 0, 1, 1
  while at <= #texts do
    local colon = string.find(texts, ':', at, true)
    at = colon + tonumber(string.sub(texts, at, colon - 1)) + 1
    n = n + 1
    if n == 1 then second = at end
  end
  if n >= 16 then texts = string.sub(texts, second) end
  return texts .. #text .. ':' .. text
end

-- What is needed to end a task with success, the most frequent case by far.
local function glance(id)
  local v = call('HMGET', B .. 't:' .. id, 's', 'f', 'a', 'o', 'L', 'y', 'x', 'd', 'k', 'h', 'c')
  if not v[1] then return nil end
  return { s = v[1], f = v[2], a = v[3], o = v[4], L = v[5], y = v[6], x = v[7], d = num(v[8]), k = v[9] or '', h = v[10], c = v[11] or '' }
end

-- Everything else that decides what becomes of a task.
local function more(id, t)
  local v = call('HMGET', B .. 't:' .. id, 'nf', 'nl', 'ml', 'er', 'u', 'p', 'cn')
  t.nf, t.nl, t.ml, t.er, t.u, t.p, t.cn = num(v[1]), num(v[2]), num(v[3]), v[4], v[5] or '', num(v[6]), v[7]
  return t
end

local function load(id)
  local t = glance(id)
  return t and more(id, t)
end

-- When what ends now with a retention is forgotten, and after how many milliseconds by itself, in text.
local function retention(x)
  local found = ends[x]
  if not found then
    found = { int(now + tonumber(x)), int(math.ceil(tonumber(x) / 1000) + 1000) }
    ends[x] = found
  end
  return found
end

-- Where the next task of a submitter stands in line.
local function place(submitter)
  local last = places[submitter] or num(call('HGET', B .. 'u', submitter))
  local at = math.min(math.max(now, last + SPACING), now + LATEST)
  places[submitter] = at
  return at
end

local function ready(id, t)
  if t.p == 0 then
    t.p = place(t.u)
    call('HSET', B .. 't:' .. id, 's', 'R', 'p', t.p)
  else
    call('HSET', B .. 't:' .. id, 's', 'R')
  end
  call('ZADD', B .. 'r:' .. t.L, t.p, id)
  wake(t.L, 1)
end

local function schedule(id, at)
  call('HSET', B .. 't:' .. id, 's', 'S', 'nb', at)
  call('ZADD', B .. 's', at, id)
  due(at)
end

-- Gives an idempotency key back. It may have been evicted, and be another task's since.
local function free(key, id)
  local held = key ~= '' and call('GET', B .. 'k:' .. key)
  if held and string.sub(held, 1, #id + 1) == id .. ' ' then call('DEL', B .. 'k:' .. key) end
end

-- Ends a task that stands in no line any more. extra: further fields and their values.
local function finish(id, t, status, why, extra)
  local key = B .. 't:' .. id
  if why then call('HSET', key, 'z', why) end
  if extra then
    call('HSET', key, 's', status, 't2', nowText, unpack(extra))
  else
    call('HSET', key, 's', status, 't2', nowText)
  end
  add(lanes, t.L, -1)
  add(counts, 'live', -1)
  if t.d > 0 then call('ZREM', B .. 'dl', id) end
  if status == 'X' then
    call('ZADD', B .. 'd', 0, id)
  else
    local till = retention(t.x)
    local row = over[status] or {}
    over[status] = row
    local n = #row
    row[n + 1], row[n + 2] = till[1], id
    call('PEXPIRE', key, till[2])
    if t.k ~= '' then call('PEXPIRE', B .. 'k:' .. t.k, till[2]) end
    if tonumber(t.x) < REPEATED then -- it may be submitted again because the answer was lost, and be no new task then
      call('SET', B .. 'x:' .. id, '', 'PX', int(REPEATED / 1000))
    end
    payloads[#payloads + 1] = B .. 'e:' .. id -- it has served
  end
  event('E', id, NAMES[status])
  if t.h then ended[#ended + 1] = { id, status } end
end

-- A task whose record is gone, by eviction or by hand. Nothing says any more of which type and lane it was: the next check counts.
local function vanished(id)
  if call('ZREM', B .. 'i', id) == 0 then return end -- it has been seen in another line
  call('ZREM', B .. 'dl', id)
  call('UNLINK', B .. 'e:' .. id)
  add(counts, 'live', -1)
  add(counts, 'repaired', 1)
  add(counts, 'gone', 1)
  event('E', id, 'DEAD')
  ended[#ended + 1] = { id, 'X' }
end

-- Lets those go on that waited for tasks that have ended, and cancels them when one has ended badly; these may have followers.
local function settle()
  local at = 1
  while ended[at] do
    local id, status = ended[at][1], ended[at][2]
    for _, follower in ipairs(call('SMEMBERS', B .. 'b:' .. id)) do
      local t = load(follower)
      if t and t.s == 'B' then
        if status ~= 'D' then
          call('ZREM', B .. 'b', follower)
          finish(follower, t, 'C', 'task ' .. id .. ', which it was to run after, ended as ' .. NAMES[status])
        elseif call('HINCRBY', B .. 't:' .. follower, 'w', -1) <= 0 then
          call('ZREM', B .. 'b', follower)
          local start = num(call('HGET', B .. 't:' .. follower, 'nb'))
          if start > now then schedule(follower, start) else ready(follower, t) end
        end
      end
    end
    call('DEL', B .. 'b:' .. id)
    at = at + 1
  end
end

-- A lane without tasks waits for nothing any more, and nobody is to be woken for it.
local function forget(lane)
  call('HDEL', B .. 'lc', lane)
  call('HDEL', B .. 'lanes', lane)
  call('ZREM', B .. 's', '!' .. lane)
  call('DEL', B .. 'w:' .. lane)
end

local function flush()
  if ended[1] then settle() end
  for from = 1, #payloads, 1000 do call('UNLINK', unpack(payloads, from, math.min(from + 999, #payloads))) end
  for status, row in pairs(over) do many('ZADD', B .. 'z' .. status, row) end
  for submitter, at in pairs(places) do call('HSET', B .. 'u', submitter, at) end
  for name, n in pairs(types) do
    if n ~= 0 then call('HINCRBY', B .. 'n', 'r:' .. name, n) end
    if n < 0 then
      local held = call('SMEMBERS', B .. 'h:' .. name)
      if held[1] then
        call('DEL', B .. 'h:' .. name)
        for _, lane in ipairs(held) do rewake(lane) end
      end
    end
  end
  for name, n in pairs(counts) do
    if n ~= 0 then call('HINCRBY', B .. 'n', name, n) end
  end
  for lane, n in pairs(lanes) do
    if n ~= 0 then
      local left = call('HINCRBY', B .. 'lc', lane, n)
      if left <= 0 then
        forget(lane)
        marks[lane] = nil
      elseif left - n <= 0 then
        controls[#controls + 1] = 'L' .. lane
      end
    elseif call('HEXISTS', B .. 'lc', lane) == 0 then
      call('HDEL', B .. 'lanes', lane)
    end
  end
  for lane, n in pairs(marks) do
    local list = B .. 'w:' .. lane
    local missing = math.min(n, MARKS) - call('LLEN', list)
    if missing > 0 then call('LPUSH', list, unpack({ '1', '1', '1', '1' }, 1, missing)) end
  end
  if soonest then controls[#controls + 1] = 'D' .. int(math.max(0, soonest - now)) end
  if controls[1] then call('PUBLISH', B .. 'c', table.concat(controls, '\n')) end
  if events[1] then call('PUBLISH', B .. 'e', nowText .. '\n' .. table.concat(events)) end
end

local function lost(id, t)
  call('ZREM', B .. 'l', id)
  if not t then return vanished(id) end
  if t.s ~= 'L' then return end
  local key = B .. 't:' .. id
  local text = 'agent ' .. (t.a or '?') .. ' lost the lease'
  t.nl = t.nl + 1
  call('HSET', key, 'nl', t.nl, 'er', with(t.er, text), 'z', text, 'pr', '')
  add(types, t.y, -1)
  add(counts, 'losses', 1)
  event('L', id, t.a or '')
  if t.c == 'USER' then
    finish(id, t, 'C', t.cn)
  elseif t.nl >= t.ml then
    finish(id, t, 'X', 'its lease was lost ' .. t.nl .. ' times; its work may be what ends its agents')
  elseif t.c == 'DEADLINE' or t.d > 0 and t.d <= now then
    finish(id, t, 'E', 'its deadline has passed')
  else
    ready(id, t)
  end
end

-- Makes scheduled tasks ready whose time has come; an entry that begins with ! is a lane that waited for its type's rate.
local function promote(most)
  local ids = call('ZRANGEBYSCORE', B .. 's', '-inf', now, 'LIMIT', 0, most)
  if not ids[1] then return 0 end
  many('ZREM', B .. 's', ids)
  for _, id in ipairs(ids) do
    if string.sub(id, 1, 1) == '!' then
      rewake(string.sub(id, 2))
    else
      local t = load(id)
      if not t then
        vanished(id)
      elseif t.s == 'S' then
        if t.d > 0 and t.d <= now then finish(id, t, 'E', 'its deadline has passed') else ready(id, t) end
      end
    end
  end
  return #ids
end
