-- A part of the listing, newest first. ARGV: index, where to begin ('+' or '(' and an id), how many at most, how many to look
-- at, states, type or '', submitter or ''. Answers where the next part begins or '', and then what find reads of each task.
local ids = call('ZREVRANGEBYLEX', B .. ARGV[1], ARGV[2], '-', 'LIMIT', 0, ARGV[4])
local answer, most, found, last = { '' }, tonumber(ARGV[3]), 0, ''
for i, id in ipairs(ids) do
  local v = call('HMGET', B .. 't:' .. id, 's', 'y', 'u')
  last = id
  if v[1] and string.find(ARGV[5], v[1], 1, true) and (ARGV[6] == '' or ARGV[6] == v[2]) and (ARGV[7] == '' or ARGV[7] == v[3]) then
    local all = call('HMGET', B .. 't:' .. id, 's', 'y', 'q', 't0', 'n', 'nf', 'nl', 'pr', 'a', 'z', 'er', 'nb', 'd', 't1', 't2', 'u', 'L')
    answer[#answer + 1] = id
    for _, value in ipairs(all) do answer[#answer + 1] = value or '' end
    found = found + 1
    if found == most and i < #ids then
      answer[1] = last
      return answer
    end
  end
end
if #ids == tonumber(ARGV[4]) then answer[1] = last end
return answer
