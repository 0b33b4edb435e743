-- Ends an instance's own blocking command. ARGV: the name of its list.
relieve()
call('LPUSH', B .. 'w:' .. ARGV[1], '1')
call('PEXPIRE', B .. 'w:' .. ARGV[1], 60000)
return 1
