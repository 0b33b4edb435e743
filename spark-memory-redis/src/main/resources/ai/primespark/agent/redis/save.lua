-- Saves a checkpoint, or sends a piece of output. ARGV: id, agent, fence, 'C' or 'O', the bytes, and of output a number, so that
-- a piece that is sent again is not seen twice: the last few are remembered. Answers 1 when the lease holds.
local id = ARGV[1]
local key = B .. 't:' .. id
local v = call('HMGET', key, 's', 'a', 'f', 'em')
if v[1] ~= 'L' or v[2] ~= ARGV[2] or v[3] ~= ARGV[3] or num(call('ZSCORE', B .. 'l', id)) <= now then return 0 end
if ARGV[4] == 'C' then
  call('HSET', key, 'ck', ARGV[5])
else
  local sent, mark = v[4] or ' ', ' ' .. ARGV[3] .. ':' .. ARGV[6]
  if not string.find(sent, mark .. ' ', 1, true) then
    relieve()
    call('HSET', key, 'em', string.sub(mark .. sent, 1, 256))
    event('O', id, ARGV[5])
  end
end
flush()
return 1
