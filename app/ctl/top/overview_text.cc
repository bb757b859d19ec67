#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/wording.h"
#include "ctl/top/overview.h"
#include "domain/instant.h"

namespace concert {
namespace {

std::string time_of(const Overview& overview) { return Instant{overview.at_s * 1000}.rfc3339(); }

// A whole number with every digit.
std::string whole(double number) { return fmt::format("{:.0f}", number); }

std::string span(double seconds) {
  const auto whole_s = std::llround(seconds);
  if (whole_s < 100) return fmt::format("{} s", whole_s);
  if (whole_s < 6000) return fmt::format("{} min {:02} s", whole_s / 60, whole_s % 60);
  return fmt::format("{} h {:02} min", whole_s / 3600, whole_s / 60 % 60);
}

// A line if any queue is paused; in capitals where users wait.
std::string paused_text(const Overview::Queue& queue) {
  std::string text;
  if (!queue.paused.empty()) text = "PAUSED: " + few_of(queue.paused);
  if (!queue.paused_empty.empty())
    text += (text.empty() ? "paused: " : "; paused: ") + few_of(queue.paused_empty);
  return text.empty() ? "" : fmt::format("           {}\n", text);
}

std::string queue_text(const std::optional<Overview::Queue>& queue) {
  if (!queue) return "queue      unknown: the database does not answer. Run concertctl doctor\n";
  return fmt::format(
      "queue      {} waiting, the first for {}; {} of {} active\n"
      "           {} admitted from the queue in the last minute\n"
      "{}"
      "holds      {} live, {} lapsed\n",
      whole(queue->waiting), span(queue->oldest_wait_s), whole(queue->active),
      whole(queue->active_limit), whole(queue->admitted_last_minute), paused_text(*queue),
      whole(queue->holds_live), whole(queue->holds_lapsed));
}

std::string cron_text(const Overview& overview) {
  const std::string age = overview.cron_age_s
                              ? fmt::format("last good pass {} ago", span(*overview.cron_age_s))
                              : "no good pass since concertd began";
  return fmt::format("cron       {}; the last took {:.0f} ms; {} failed\n", age,
                     overview.cron_took_s * 1000, whole(overview.cron_failures));
}

std::string cache_text(const Overview& overview) {
  const auto hits = overview.hit_rate();
  const std::string found =
      hits ? fmt::format("{:.1f} % of {:.1f}/s found", *hits * 100,
                         overview.cache_hits.per_s + overview.cache_misses.per_s)
           : "not asked";
  return fmt::format("cache      {}; {:.1f} errors/s\n", found, overview.cache_errors.per_s);
}

// At most `room` of `lines`; the last one then says how many are not shown.
std::string table(const std::string& head, const std::vector<std::string>& lines,
                  std::size_t room) {
  const std::size_t shown =
      lines.size() <= room ? lines.size() : std::max<std::size_t>(room, 1) - 1;
  std::string text = "\n" + head;
  for (std::size_t i = 0; i < shown; ++i) text += lines[i];
  if (shown < lines.size()) {
    text += fmt::format("and {} more; a higher terminal shows {}\n", lines.size() - shown,
                        lines.size() - shown == 1 ? "it" : "them");
  }
  return text;
}

// Both tables in at most `room` lines. Refusals get theirs first: they show more of what is wrong.
std::string tables(const Overview& overview, std::size_t room) {
  std::vector<std::string> routes;
  for (const auto& route : overview.routes) {
    routes.push_back(fmt::format("{:<53}{:>8.1f}{:>9.1f}{:>9.1f}\n", route.route, route.per_s,
                                 route.p50_ms, route.p99_ms));
  }
  std::vector<std::string> refusals;
  for (const auto& refused : overview.refusals)
    refusals.push_back(fmt::format("{:<53}{:>8.1f}\n", refused.code, refused.per_s));
  constexpr std::size_t kHead = 2;  // an empty line, and the names of the columns
  const std::size_t heads = refusals.empty() ? kHead : 2 * kHead;
  const std::size_t rows = room > heads ? room - heads : 0;
  const std::size_t left = rows > routes.size() ? rows - routes.size() : 0;
  const std::size_t for_refusals = std::min(refusals.size(), std::max((rows + 1) / 2, left));
  std::string text =
      table(fmt::format("{:<53}{:>8}{:>9}{:>9}\n", "ROUTE", "/s", "p50 ms", "p99 ms"), routes,
            rows - for_refusals);
  if (!refusals.empty())
    text += table(fmt::format("{:<53}{:>8}\n", "REFUSED", "/s"), refusals, for_refusals);
  return text;
}

// A whole number stays one in JSON.
Json::Value json_of(double number) {
  constexpr double kExact = 9'007'199'254'740'992.0;
  return std::floor(number) == number && std::abs(number) < kExact
             ? Json::Value(static_cast<Json::Int64>(number))
             : Json::Value(number);
}

Json::Value json_of(const Overview::Counted& counted) {
  Json::Value json(Json::objectValue);
  json["perSecond"] = json_of(counted.per_s);
  json["total"] = json_of(counted.total);
  return json;
}

Json::Value json_of(const Overview::Latency& latency) {
  Json::Value json(Json::objectValue);
  if (!latency.route.empty()) json["route"] = latency.route;
  json["perSecond"] = json_of(latency.per_s);
  json["p50Ms"] = json_of(latency.p50_ms);
  json["p99Ms"] = json_of(latency.p99_ms);
  return json;
}

Json::Value json_of(const std::optional<double>& number) {
  return number ? json_of(*number) : Json::Value();
}

Json::Value json_of(const std::optional<Overview::Queue>& queue) {
  if (!queue) return {};
  Json::Value json(Json::objectValue);
  json["waiting"] = json_of(queue->waiting);
  json["active"] = json_of(queue->active);
  json["activeLimit"] = json_of(queue->active_limit);
  json["admittedLastMinute"] = json_of(queue->admitted_last_minute);
  json["oldestWaitSeconds"] = json_of(queue->oldest_wait_s);
  json["paused"] = !queue->paused.empty();
  json["pausedQueues"] = Json::Value(Json::arrayValue);
  for (const auto* ids : {&queue->paused, &queue->paused_empty})
    for (const std::int64_t id : *ids) json["pausedQueues"].append(static_cast<Json::Int64>(id));
  json["holdsLive"] = json_of(queue->holds_live);
  json["holdsLapsed"] = json_of(queue->holds_lapsed);
  return json;
}

}  // namespace

std::string to_text(const Overview& overview, std::size_t most_lines) {
  std::string text;
  text += fmt::format("concert-reservation {}   {}   rates of {:.1f} s\n\n", overview.version,
                      time_of(overview), overview.seconds);
  text += fmt::format("requests   {:.1f}/s; p50 {:.1f} ms, p99 {:.1f} ms; {:.1f} errors/s\n",
                      overview.all.per_s, overview.all.p50_ms, overview.all.p99_ms,
                      overview.errors.per_s);
  text +=
      fmt::format("workers    {} of {} busy; {} in hand; {} died\n", whole(overview.workers_busy),
                  whole(overview.workers), count_of(std::llround(overview.in_hand), "request"),
                  whole(overview.worker_deaths.total));
  text += queue_text(overview.queue);
  text += fmt::format("seats      {:.1f}/s held ({}), {:.1f}/s sold ({})\n",
                      overview.seats_held.per_s, whole(overview.seats_held.total),
                      overview.seats_sold.per_s, whole(overview.seats_sold.total));
  text += fmt::format("points     {:.1f}/s charged ({}), {:.1f}/s paid ({})\n",
                      overview.points_charged.per_s, whole(overview.points_charged.total),
                      overview.points_paid.per_s, whole(overview.points_paid.total));
  text += cron_text(overview) + cache_text(overview);
  text += fmt::format(
      "database   {:.1f} round trips/s; {:.1f} slow, {:.1f} retried, {:.1f} deadlocks/s\n",
      overview.round_trips.per_s, overview.slow_statements.per_s, overview.retries.per_s,
      overview.deadlocks.per_s);
  text += fmt::format("nginx      by itself: 5xx {:.1f}/s ({}), 429 {:.1f}/s ({})\n",
                      overview.nginx_5xx.per_s, whole(overview.nginx_5xx.total),
                      overview.nginx_429.per_s, whole(overview.nginx_429.total));
  const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  return text + tables(overview, most_lines > lines ? most_lines - lines : 0);
}

Json::Value to_json(const Overview& overview) {
  Json::Value json(Json::objectValue);
  json["at"] = time_of(overview);
  json["seconds"] = json_of(overview.seconds);
  json["version"] = overview.version;
  json["requests"] = json_of(overview.all);
  json["routes"] = Json::Value(Json::arrayValue);
  for (const auto& route : overview.routes) json["routes"].append(json_of(route));
  json["refusals"] = Json::Value(Json::objectValue);
  for (const auto& refused : overview.refusals)
    json["refusals"][refused.code] = json_of(refused.per_s);
  json["errors"] = json_of(overview.errors);
  json["workers"] = json_of(overview.workers);
  json["workersBusy"] = json_of(overview.workers_busy);
  json["workerDeaths"] = json_of(overview.worker_deaths);
  json["requestsInHand"] = json_of(overview.in_hand);
  json["queue"] = json_of(overview.queue);
  json["seatsHeld"] = json_of(overview.seats_held);
  json["seatsSold"] = json_of(overview.seats_sold);
  json["pointsCharged"] = json_of(overview.points_charged);
  json["pointsPaid"] = json_of(overview.points_paid);
  json["cronAgeSeconds"] = json_of(overview.cron_age_s);
  json["cronTookSeconds"] = json_of(overview.cron_took_s);
  json["cronFailures"] = json_of(overview.cron_failures);
  json["cacheHitRate"] = json_of(overview.hit_rate());
  json["cacheErrors"] = json_of(overview.cache_errors);
  json["databaseRoundTrips"] = json_of(overview.round_trips);
  json["slowStatements"] = json_of(overview.slow_statements);
  json["transactionRetries"] = json_of(overview.retries);
  json["deadlocks"] = json_of(overview.deadlocks);
  json["nginx5xx"] = json_of(overview.nginx_5xx);
  json["nginx429"] = json_of(overview.nginx_429);
  return json;
}

}  // namespace concert
