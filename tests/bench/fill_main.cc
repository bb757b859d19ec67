// Fills the benchmarks' database: bench_fill CONFIG WHAT NUMBER... Prints a line for each user.

#include <fmt/format.h>

#include <cstdlib>
#include <span>
#include <string>

#include "bench/fill.h"
#include "domain/check.h"

namespace {

using concert::bench::Actor;
using concert::bench::Fill;

constexpr char kUsage[] =
    "usage: bench_fill CONFIG active COUNT            active users, each with a free seat\n"
    "       bench_fill CONFIG one-date COUNT          the same in one date\n"
    "       bench_fill CONFIG seats COUNT             free seats\n"
    "       bench_fill CONFIG holding COUNT           the same, each holding the seat\n"
    "       bench_fill CONFIG waiting COUNT SAMPLE    a queue; one in 50 left; prints a sample\n"
    "       bench_fill CONFIG empty-queue\n"
    "       bench_fill CONFIG veterans COUNT          active users with a history, free seats\n"
    "       bench_fill CONFIG history RESERVATIONS USERS\n";

void print(const std::vector<Actor>& actors, std::size_t at_most) {
  const std::size_t step =
      std::max<std::size_t>(1, actors.size() / std::max<std::size_t>(1, at_most));
  for (std::size_t i = 0; i < actors.size(); i += step)
    std::fputs(actors[i].line().c_str(), stdout);
}

int run(Fill& fill, const std::string& what, std::span<char*> numbers) {
  const auto number = [&](std::size_t i) {
    return i < numbers.size() ? std::atoll(numbers[i]) : 0;
  };
  constexpr std::size_t kAll = 1'000'000'000;
  constexpr std::int64_t kOneInFiftyLeft = 50;
  if (what == "active") {
    print(fill.active(number(0)), kAll);
  } else if (what == "one-date") {
    print(fill.in_one_date(number(0)), kAll);
  } else if (what == "seats") {
    print(fill.seats(number(0)), kAll);
  } else if (what == "holding") {
    print(fill.holding(number(0)), kAll);
  } else if (what == "waiting") {
    print(fill.waiting(number(0), kOneInFiftyLeft), static_cast<std::size_t>(number(1)));
  } else if (what == "empty-queue") {
    fill.empty_queue();
  } else if (what == "veterans") {
    print(fill.veterans(number(0)), kAll);
  } else if (what == "history") {
    fill.history(number(0), number(1));
  } else {
    fmt::print(stderr, "{}", kUsage);
    return 2;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::span<char*> words(argv, static_cast<std::size_t>(argc));
  if (words.size() < 3) {
    fmt::print(stderr, "{}", kUsage);
    return 2;
  }
  const auto settings = concert::Settings::read(words[1]);
  concert::Backend backend(settings, nullptr);
  const concert::TokenText text(settings.token_key);
  Fill fill(backend, text);
  return run(fill, words[2], words.subspan(3));
}
