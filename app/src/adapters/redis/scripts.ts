/**
 * The cells in Redis. A cell is `G<token>` (open) or `W<token>@<ms>,<token>@<ms>,` (the writes under way and when each
 * runs out). Each script touches one key, so it works in a cluster; time is that of the server, so no client's
 * clock matters. Deadlines stand beside each token: otherwise busy writers would keep a dead one alive.
 */

/** Splits what a cell holds into the list of its writes that have not run out, and the last of their deadlines. */
const LISTED = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local cell = redis.call('GET', KEYS[1])
local list, latest, mine = '', 0, false
if cell and string.sub(cell, 1, 1) == 'W' then
  for token, at in string.gmatch(string.sub(cell, 2), '([^@,]+)@(%d+),') do
    local deadline = tonumber(at)
    if token == ARGV[1] then
      mine = true
    elseif deadline > now then
      list = list .. token .. '@' .. at .. ','
      if deadline > latest then latest = deadline end
    end
  end
end
`;

/** ARGV: token, milliseconds for which it stays listed. */
export const INTEND = `${LISTED}
local deadline = now + tonumber(ARGV[2])
if deadline > latest then latest = deadline end
local next = 'W' .. list .. ARGV[1] .. '@' .. string.format('%.0f', deadline) .. ','
redis.call('SET', KEYS[1], next, 'PX', string.format('%.0f', latest - now))
return 1
`;

/** ARGV: token, the token to open the cell with, milliseconds for which it stays open. */
export const COMMIT = `${LISTED}
if list ~= '' then
  redis.call('SET', KEYS[1], 'W' .. list, 'PX', string.format('%.0f', latest - now))
  return 0
end
if mine then
  redis.call('SET', KEYS[1], 'G' .. ARGV[2], 'PX', ARGV[3])
  return 1
end
if cell then redis.call('DEL', KEYS[1]) end
return 2
`;

/** ARGV: token, its first characters that tell the epoch, milliseconds. Answers the cell as it is then. */
export const OPEN = `${LISTED}
if list ~= '' then return 'W' end
if cell and string.sub(cell, 1, 1) == 'G' then
  if string.sub(cell, 2, 1 + string.len(ARGV[2])) >= ARGV[2] then return cell end
end
redis.call('SET', KEYS[1], 'G' .. ARGV[1], 'PX', ARGV[3])
return 'G' .. ARGV[1]
`;

/** Only an open cell is emptied: the marks of writers stay. */
export const DROP = `
local cell = redis.call('GET', KEYS[1])
if cell and string.sub(cell, 1, 1) == 'G' then return redis.call('DEL', KEYS[1]) end
return 0
`;
