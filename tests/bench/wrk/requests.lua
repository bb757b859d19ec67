-- wrk -s requests.lua URL -- SCENARIO FILE [BYTES]
-- FILE has a line for each user: token, user, concert, date, seat, reservation; see fill.h.
-- Each thread takes its share of the users and goes round; a seat is held and paid only once.

local kThreads = 2 -- wrk -t2
local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

local function random_user()
  local digits = {}
  for i = 1, 32 do
    digits[i] = string.format("%x", math.random(0, 15))
    if i == 8 or i == 12 or i == 16 or i == 20 then digits[i] = digits[i] .. "-" end
  end
  return table.concat(digits)
end

local json = "application/json"
local make = {
  null = function(u) return "GET", "/null/" .. bytes end,
  live = function(u) return "GET", "/livez" end,
  null_post = function(u) return "POST", "/null/" .. bytes, '{"concertDateId":1,"seatNumber":1}' end,
  poll = function(u) return "GET", "/token/refresh" end,
  dates = function(u) return "GET", "/concerts/" .. u.concert .. "/dates" end,
  seats = function(u)
    return "GET", "/concerts/" .. u.concert .. "/dates/" .. u.date .. "/seats"
  end,
  balance = function(u) return "GET", "/client/" .. u.user .. "/balance" end,
  issue = function(u) return "POST", "/token", '{"userId":"' .. random_user() .. '"}' end,
  charge = function(u) return "PATCH", "/user/" .. u.user .. "/charge", '{"amount":1}' end,
  hold = function(u)
    return "POST", "/reservation",
      '{"concertDateId":' .. u.date .. ',"seatNumber":' .. u.seat .. "}"
  end,
  best = function(u)
    return "POST", "/reservation",
      '{"concertDateId":' .. u.date .. ',"bestAvailable":{"count":1}}'
  end,
  best_in_section = function(u)
    return "POST", "/reservation",
      '{"concertDateId":' .. u.date .. ',"bestAvailable":{"count":1,"section":"' .. u.seat .. '"}}'
  end,
  pay = function(u) return "POST", "/payment/" .. u.reservation end,
}
make.one_seat = make.hold

function init(args)
  scenario, bytes = args[1], args[3]
  math.randomseed(os.time() * kThreads + number)
  users, at = {}, 0
  local i = 0
  for line in io.lines(args[2]) do
    if i % kThreads == number then
      local u = {}
      u.token, u.user, u.concert, u.date, u.seat, u.reservation =
        line:match("^(%S+)\t(%S+)\t(%S+)\t(%S+)\t(%S+)\t(%S+)")
      users[#users + 1] = u
    end
    i = i + 1
  end
  made = {}
end

local function text(u)
  local method, path, body = make[scenario](u)
  local headers = {}
  if scenario:sub(1, 4) ~= "null" and scenario ~= "live" and scenario ~= "issue" then
    headers["token"] = u.token
  end
  if body then headers["Content-Type"] = json end
  return wrk.format(method, path, headers, body)
end

function request()
  at = at % #users + 1
  if scenario == "issue" then return text(users[at]) end
  if not made[at] then made[at] = text(users[at]) end
  return made[at]
end

function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    '{"requests": %d, "seconds": %.3f, "errors": %d, "refused": %d, "p50ms": %.3f, "p99ms": %.3f, "maxms": %.3f}\n',
    summary.requests, summary.duration / 1e6, e.connect + e.read + e.write + e.timeout, e.status,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency.max / 1000))
end
