-- Pauses or resumes. ARGV: scope, '1' to pause.
if ARGV[2] == '1' then
  call('SADD', B .. 'p', ARGV[1])
elseif call('SREM', B .. 'p', ARGV[1]) == 1 then
  controls[1] = 'W'
  flush()
end
return 1
