-- Gives a lease back. KEYS: the lease. ARGV: its fence. Answers 1 when it was still held.
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('UNLINK', KEYS[1]) end
return 0
