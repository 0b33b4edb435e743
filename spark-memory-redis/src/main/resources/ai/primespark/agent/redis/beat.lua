-- Extends leases. ARGV: life; then of each lease id, agent, fence, and progress: the fraction, a space and a note.
-- Answers for each '' (lost), '+' (held), or '+' and why it is to stop.
local till, answers = int(now + ARGV[1]), {}
relieve()
for a = 2, #ARGV, 4 do
  local id = ARGV[a]
  local key = B .. 't:' .. id
  local v = call('HMGET', key, 's', 'a', 'f', 'c', 'pr')
  local held = v[1] == 'L' and v[2] == ARGV[a + 1] and v[3] == ARGV[a + 2] and num(call('ZSCORE', B .. 'l', id)) > now
  if held then
    call('ZADD', B .. 'l', 'XX', 'GT', till, id)
    if ARGV[a + 3] ~= (v[5] or '') then
      call('HSET', key, 'pr', ARGV[a + 3])
      event('P', id, ARGV[a + 3])
    end
  end
  answers[#answers + 1] = held and '+' .. (v[4] or '') or ''
end
flush()
return answers
