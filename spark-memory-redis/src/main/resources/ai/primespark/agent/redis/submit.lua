-- Takes tasks, all or none. ARGV: the most live tasks; how many lanes, and of each its id and text; how many tasks, and of each:
-- id, number of its lane, envelope, start, deadline, retention, most losses, digest of its idempotency key or '', digest of type
-- and payload, submitter, type, priority, ids that it is to run after.
-- Answers {'FULL', live}, or for each task N (new), S and an id (known by that id), or C and an id (conflict).
local most, at = tonumber(ARGV[1]), 3
local lane = {}
for i = 1, tonumber(ARGV[2]) do
  lane[i] = { ARGV[at], ARGV[at + 1] }
  at = at + 2
end
local n = tonumber(ARGV[at])
local first = at + 1
local answers, conflict, fresh, ids, keys = {}, false, 0, {}, {}
for i = 1, n do
  local a = first + (i - 1) * 13
  local id, key, digest = ARGV[a], ARGV[a + 7], ARGV[a + 8]
  if ids[id] or call('EXISTS', B .. 't:' .. id, B .. 'x:' .. id) > 0 then
    answers[i] = 'S' .. id
  else
    local held = key ~= '' and (keys[key] or call('GET', B .. 'k:' .. key))
    if held then
      local space = string.find(held, ' ', 1, true)
      local same = string.sub(held, space + 1) == digest
      answers[i] = (same and 'S' or 'C') .. string.sub(held, 1, space - 1)
      conflict = conflict or not same
    else
      answers[i] = 'N'
      fresh = fresh + 1
      ids[id] = true
      if key ~= '' then keys[key] = id .. ' ' .. digest end
    end
  end
end
if conflict or fresh == 0 then return answers end
local live = num(call('HGET', B .. 'n', 'live'))
if live + fresh > most then return { 'FULL', int(live) } end

local index, rows, waiting = {}, {}, {}
for i = 1, n do
  if answers[i] == 'N' then
    local a = first + (i - 1) * 13
    local id, L, u = ARGV[a], lane[tonumber(ARGV[a + 1])][1], ARGV[a + 9]
    local start, deadline, key = tonumber(ARGV[a + 3]), tonumber(ARGV[a + 4]), ARGV[a + 7]
    local runnable = start <= now and ARGV[a + 12] == '' and (deadline == 0 or deadline > now)
    local p = runnable and place(u) or 0
    local at = p == 0 and '0' or int(p)
    call('HSET', B .. 't:' .. id, 's', runnable and 'R' or 'B', 'L', L, 'y', ARGV[a + 10], 'q', ARGV[a + 11], 't0', nowText,
      'x', ARGV[a + 5], 'ml', ARGV[a + 6], 'u', u, 'p', at, 'nb', ARGV[a + 3], 'd', ARGV[a + 4], 'k', key)
    call('SET', B .. 'e:' .. id, ARGV[a + 2])
    if key ~= '' then call('SET', B .. 'k:' .. key, keys[key]) end
    if deadline > now then
      call('ZADD', B .. 'dl', deadline, id)
      due(deadline)
    end
    add(lanes, L, 1)
    index[#index + 1] = '0'
    index[#index + 1] = id
    event('S', id)
    if runnable then
      rows[L] = rows[L] or {}
      table.insert(rows[L], at)
      table.insert(rows[L], id)
      wake(L, 1)
    else
      waiting[#waiting + 1] = a
    end
  end
end
for i = 1, #lane do
  if lanes[lane[i][1]] then call('HSET', B .. 'lanes', lane[i][1], lane[i][2]) end
end
many('ZADD', B .. 'i', index)
for L, row in pairs(rows) do many('ZADD', B .. 'r:' .. L, row) end
add(counts, 'live', fresh)
for _, a in ipairs(waiting) do
  local id, key, left, bad = ARGV[a], B .. 't:' .. ARGV[a], 0, nil
  for before in string.gmatch(ARGV[a + 12], '%S+') do
    local s = call('HGET', B .. 't:' .. before, 's')
    if not s or s == 'X' or s == 'C' or s == 'E' then
      bad = 'task ' .. before .. ', which it was to run after, ' .. (s and 'ended as ' .. NAMES[s] or 'is not known')
    elseif s ~= 'D' then
      call('SADD', B .. 'b:' .. before, id)
      call('HSET', B .. 't:' .. before, 'h', 1)
      left = left + 1
    end
  end
  local deadline = tonumber(ARGV[a + 4])
  if deadline > 0 and deadline <= now then
    finish(id, load(id), 'E', 'its deadline had passed when it was submitted')
  elseif bad then
    finish(id, load(id), 'C', bad)
  elseif left > 0 then
    call('HSET', key, 'w', left)
    call('ZADD', B .. 'b', now, id)
  else
    local start = tonumber(ARGV[a + 3])
    if start > now then schedule(id, start) else ready(id, load(id)) end
  end
end
-- one of the batch may have been found bad after another had begun to wait for it
flush()
return answers
