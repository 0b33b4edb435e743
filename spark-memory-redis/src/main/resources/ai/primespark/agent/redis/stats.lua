-- Counts, in the order blocked, scheduled, ready, running, succeeded, dead, cancelled, expired, retries, losses, repaired; then of
-- each lane with ready tasks its text and how many.
local ready, rows = 0, {}
local waits = call('ZCARD', B .. 's')
for _, lane in ipairs(call('HKEYS', B .. 'lc')) do
  local here = call('ZCARD', B .. 'r:' .. lane)
  if here > 0 then
    ready = ready + here
    rows[#rows + 1] = call('HGET', B .. 'lanes', lane) or ''
    rows[#rows + 1] = here
  end
  if call('ZSCORE', B .. 's', '!' .. lane) then waits = waits - 1 end
end
local n = call('HMGET', B .. 'n', 'retries', 'losses', 'repaired')
local answer = { call('ZCARD', B .. 'b'), waits, ready, call('ZCARD', B .. 'l'), call('ZCARD', B .. 'zD'), call('ZCARD', B .. 'd'),
  call('ZCARD', B .. 'zC'), call('ZCARD', B .. 'zE'), num(n[1]), num(n[2]), num(n[3]) }
for _, value in ipairs(rows) do answer[#answer + 1] = value end
return answer
