-- Notes how an agent is doing. ARGV: agent, life, status.
relieve()
call('HSET', B .. 'a', ARGV[1], int(now) .. ' ' .. ARGV[2] .. ' ' .. ARGV[3])
return 1
