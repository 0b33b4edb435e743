-- Removes a record unless it is newer than a version. KEYS: the record's key. ARGV: the version.
-- Answers 1 when something was removed.
local function after(a, b)
  for i = 1, math.min(#a, #b) do
    local x, y = string.byte(a, i), string.byte(b, i)
    if x ~= y then return x > y end
  end
  return #a > #b
end
local head = redis.pcall('GETRANGE', KEYS[1], 0, 61)
if type(head) == 'table' then
  if not string.find(head.err, 'WRONGTYPE', 1, true) then return head end
  head = 'no record'
end
if head == '' then return 0 end
if #head > 30 and string.sub(head, 1, 4) == 'PSR1' and #head >= 30 + string.byte(head, 13) then
  local held = string.sub(head, 5, 12) .. string.sub(head, 31, 30 + string.byte(head, 13))
  if after(held, ARGV[1]) then return 0 end
end
return redis.call('UNLINK', KEYS[1])
