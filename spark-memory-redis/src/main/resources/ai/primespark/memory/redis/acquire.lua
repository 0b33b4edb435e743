-- Takes a lease. KEYS: the lease, its fence. ARGV: life of the lease, life of the fence, both in milliseconds.
-- Answers the fence, or '' when somebody else holds the lease. Fences begin at the server's time in microseconds, so that
-- they grow even when the last one has been forgotten.
if redis.call('EXISTS', KEYS[1]) == 1 then return '' end
local time = redis.call('TIME')
local fence = tonumber(time[1]) * 1000000 + tonumber(time[2])
local last = tonumber(redis.call('GET', KEYS[2]) or '0')
if fence <= last then fence = last + 1 end
local text = string.format('%.0f', fence)
redis.call('SET', KEYS[2], text, 'PX', ARGV[2])
redis.call('SET', KEYS[1], text, 'PX', ARGV[1])
return text
