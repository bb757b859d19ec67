#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <optional>
#include <thread>

#include "base/metric_names.h"
#include "base/wording.h"
#include "ctl/commands/command.h"
#include "ctl/commands/open_url.h"
#include "ctl/top/overview.h"
#include "ctl/top/terminal.h"

namespace concert {
namespace {

using Clock = std::chrono::steady_clock;

constexpr char kMetricsUrl[] = "http://127.0.0.1/metrics";

constexpr std::size_t kMostBytes = 8U << 20U;

std::size_t take_metrics(const char* data, std::size_t size, std::size_t count, void* text) {
  auto& all = *static_cast<std::string*>(text);
  if (all.size() + size * count > kMostBytes) return 0;  // which ends it with an error
  all.append(data, size * count);
  return size * count;
}

// What an answer without metrics means.
std::string meaning_of(long status) {
  switch (status) {
    case 404:
      return "only this host and those that operators.conf names may read it: run this there";
    case 503: return "nginx has more requests in hand than it passes on: try again";
    case 502:
    case 504: return "concertd does not answer nginx: systemctl status concertd";
    default: return "is this the address of /metrics? Another one: --metrics-url URL";
  }
}

// The text at `url`, an address of /metrics. Throws CommandRefused, which says why there is none
// and what to do.
std::string fetch_metrics(const std::string& url) {
  constexpr long kTimeout_s = 5;
  const OpenUrl easy = open_url(url, kTimeout_s);
  std::string text;
  curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, take_metrics);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, &text);
  const CURLcode code = curl_easy_perform(easy.get());
  if (code != CURLE_OK) {
    throw CommandRefused(
        fmt::format("cannot read {} ({}): does nginx run, and does the site answer there? Another "
                    "address: --metrics-url URL",
                    excerpt_of(url), curl_easy_strerror(code)));
  }
  long status = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status != 200)
    throw CommandRefused(
        fmt::format("{} answered {}: {}", excerpt_of(url), status, meaning_of(status)));
  return text;
}

struct Reading {
  Scrape scrape;
  Clock::time_point at;
};

Reading read_metrics(const std::string& url) {
  const std::string text = fetch_metrics(url);
  Reading reading{Scrape::parse(text), Clock::now()};
  if (reading.scrape.of(metric::kBuildInfo).empty()) {
    throw CommandRefused(fmt::format(
        "the answer of {} does not come from concertd. Another address: --metrics-url URL",
        excerpt_of(url)));
  }
  return reading;
}

Overview overview_of(const Reading& before, const Reading& after) {
  const std::chrono::duration<double> passed = after.at - before.at;
  return compare({before.scrape, after.scrape, passed.count()}, std::time(nullptr));
}

CommandResult once(const std::string& url, std::chrono::seconds interval) {
  const Reading before = read_metrics(url);
  std::this_thread::sleep_for(interval);
  const Overview overview = overview_of(before, read_metrics(url));
  CommandResult result;
  result.text = to_text(overview);
  result.json = to_json(overview);
  return result;
}

// Goes on while the service is away, and shows that.
CommandResult refresh_until_stopped(const std::string& url, std::chrono::seconds interval) {
  constexpr std::chrono::milliseconds kSoon{500};  // until there are two readings to compare
  constexpr char kEnd[] = "q or Ctrl-C ends this.";
  const Terminal terminal;
  std::optional<Reading> before;
  std::chrono::milliseconds pause = kSoon;
  do {
    try {
      Reading now = read_metrics(url);
      if (before) {
        // One line less: an empty line precedes the foot.
        const std::size_t lines = terminal.lines() - std::min<std::size_t>(terminal.lines(), 1);
        terminal.show(to_text(overview_of(*before, now), lines) + "\n", kEnd);
      }
      pause = before ? interval : kSoon;
      before = std::move(now);
    } catch (const CommandRefused& error) {
      terminal.show_message(fmt::format("{}\n\n", error.what()), kEnd);
      before.reset();
      pause = kSoon;
    }
  } while (terminal.wait(pause));
  return {};
}

CommandResult top(const CommandArguments& given) {
  const std::chrono::seconds interval(given.number_or("interval", 2));
  const std::string url = given.has("metrics-url") ? given.text("metrics-url") : kMetricsUrl;
  if (given.has("once")) return once(url, interval);
  if (given.json) throw UsageError("`top --json` needs --once.");
  return refresh_until_stopped(url, interval);
}

}  // namespace

std::vector<Command> top_commands() {
  CommandOption metrics_url =
      text_option("metrics-url", "URL",
                  fmt::format("where /metrics is ($CONCERT_METRICS_URL, or {})", kMetricsUrl));
  metrics_url.environment = "CONCERT_METRICS_URL";
  return {
      {.words = "top",
       .help = "shows the service at a glance, refreshing, until q or Ctrl-C",
       .options = {number_option("interval", {1, 3600}, "seconds between two readings (2)"),
                   metrics_url, flag_option("once", "prints the rates of one interval and ends")},
       .run_alone = top}};
}

}  // namespace concert
