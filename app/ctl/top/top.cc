#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <optional>
#include <thread>

#include "ctl/commands/command.h"
#include "ctl/top/fetch_metrics.h"
#include "ctl/top/overview.h"
#include "ctl/top/terminal.h"

namespace concert {
namespace {

using Clock = std::chrono::steady_clock;

constexpr char kMetricsUrl[] = "http://127.0.0.1/metrics";

struct Reading {
  Scrape scrape;
  Clock::time_point at;
};

Reading read_metrics(const std::string& url) {
  const std::string text = fetch_metrics(url);
  Reading reading{Scrape::parse(text), Clock::now()};
  if (reading.scrape.of("concert_build_info").empty()) {
    throw CommandRefused(
        fmt::format("what {} answers is not of concertd. Another address: --metrics-url URL", url));
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

// The service may go and come: that is what is watched.
CommandResult until_told(const std::string& url, std::chrono::seconds interval) {
  constexpr std::chrono::milliseconds kSoon{500};  // until there are two readings to compare
  constexpr char kEnd[] = "q or Ctrl-C ends this.";
  const Terminal terminal;
  std::optional<Reading> before;
  std::chrono::milliseconds pause = kSoon;
  do {
    try {
      Reading now = read_metrics(url);
      if (before) {
        // One line less: the foot stands off.
        const std::size_t lines = terminal.lines() - std::min<std::size_t>(terminal.lines(), 1);
        terminal.show(to_text(overview_of(*before, now), lines) + "\n", kEnd);
      }
      pause = before ? interval : kSoon;
      before = std::move(now);
    } catch (const CommandRefused& error) {
      terminal.show(fmt::format("{}\n\n", error.what()), kEnd);
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
  return until_told(url, interval);
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
       .options = {number_option("interval", {1, 3600}, "seconds between two looks (2)"),
                   metrics_url, flag_option("once", "prints the rates of one interval, and ends")},
       .run_alone = top}};
}

}  // namespace concert
