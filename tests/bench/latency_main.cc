// How long the database takes for each use case, on one connection, one after the other:
//
//   bench_latency CONFIG use-cases <USERS     median microseconds of each, over all users
//   bench_latency CONFIG hall SECTION <USERS  the same in a large hall
//   bench_latency CONFIG pass                 one maintenance pass
#include <fmt/format.h>
#include <json/json.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "bench/fill.h"
#include "domain/refusal.h"
#include "http/app.h"
#include "service/upkeep/maintain.h"

namespace {

using namespace concert;
using bench::Actor;
using Clock = std::chrono::steady_clock;

double us_since(Clock::time_point begun) {
  return std::chrono::duration<double, std::micro>(Clock::now() - begun).count();
}

double median(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

void print(const Json::Value& report) {
  Json::StreamWriterBuilder builder;
  builder["indentation"] = "";
  fmt::print("{}\n", Json::writeString(builder, report));
}

class UseCases {
 public:
  explicit UseCases(const Settings& settings) : app_(settings, metrics_) {}

  // Everything that one user does, each step timed.
  void run(const Actor& actor) {
    const TokenClaims claims = app_.token_text.read(actor.token);
    const DateId date{actor.date};
    const HoldRequest request{date, {static_cast<SeatNumber>(actor.seat)}, {}};
    const auto no_text = [](const auto&) { return ""; };
    timed("balance", [&] { app_.balances.show(claims); });
    timed("seats", [&] { app_.catalogue.seats(claims, ConcertId{actor.concert}, date); });
    timed("reservations", [&] { app_.reservations.list(claims, std::nullopt, 20); });
    timed("ledger", [&] { app_.balances.ledger(claims, std::nullopt, 20); });
    timed("charge", [&] { app_.balances.charge(claims, {100'000, {}, {}}, no_text); });
    timed("hold", [&] { app_.reservations.hold(claims, request, no_text); });
    timed("hold, refused", [&] {
      try {
        app_.reservations.hold(claims, request, no_text);
      } catch (const Refusal&) {
        return;
      }
    });
    const auto held = app_.reservations.list(claims, std::nullopt, 1);
    timed("pay", [&] { app_.payments.pay(claims, payment_of(held.front().id)); });
    timed("issue", [&] { app_.issue_token.run(kMainQueue, bench::random_user()); });
  }

  // What one user does in a section of a hall; and reads by primary key of as many rows.
  void run_in(const std::string& section, const Actor& actor) {
    const TokenClaims claims = app_.token_text.read(actor.token);
    const ConcertId concert{actor.concert};
    const DateId date{actor.date};
    const auto no_text = [](const auto&) { return ""; };
    SeatNumber first = 0;
    SeatNumber last = 0;
    timed("balance", [&] { app_.balances.show(claims); });  // first, as in the use cases
    timed("section", [&] {
      const auto shown = app_.catalogue.seats(claims, concert, date, section);
      first = shown.seats.front().number;
      last = shown.seats.back().number;
    });
    Session& db = app_.backend.db;
    timed("section without the guard", [&] {
      SeatStore(db).in_section({kMainQueue, concert, date}, section);
    });
    timed("rows of the section", [&] { read_seats(date, first, last); });
    timed("list without the guard", [&] { HallStore(db).on_sale({kMainQueue, concert, date}); });
    timed("rows of the list", [&] { read_sections(date); });
    const HoldRequest request{date, {static_cast<SeatNumber>(actor.seat)}, {}};
    timed("hold", [&] { app_.reservations.hold(claims, request, no_text); });
    app_.reservations.release(claims, app_.reservations.list(claims, std::nullopt, 1).front().id);
    HoldRequest best{date, {}, {}};
    best.wish = SeatWish{{1}, section};
    timed("best available", [&] { app_.reservations.hold(claims, best, no_text); });
    app_.reservations.release(claims, app_.reservations.list(claims, std::nullopt, 1).front().id);
  }

  void report() {
    Json::Value report(Json::objectValue);
    for (auto& [name, times] : times_) report[name] = median(times);
    print(report);
  }

 private:
  template <class Step>
  void timed(const std::string& name, Step step) {
    const auto begun = Clock::now();
    step();
    times_[name].push_back(us_since(begun));
  }

  // As a ceiling: nothing but the columns of rows by primary key.
  void read_seats(DateId date, SeatNumber first, SeatNumber last) {
    std::vector<Seat> seats;
    auto rows = app_.backend.db.query(R"sql(
        SELECT seat_number, price, state, is_accessible FROM seat
        WHERE concert_date_id = ? AND seat_number BETWEEN ? AND ? ORDER BY seat_number)sql",
                                      {date, first, last});
    while (rows.next()) {
      const auto state = rows.text(3) == "AVAILABLE" ? SeatState::available : SeatState::sold;
      seats.push_back(
          {static_cast<SeatNumber>(rows.number(1)), rows.number(2), state, rows.number(4) != 0});
    }
  }
  void read_sections(DateId date) {
    std::vector<HallSection> sections;
    auto rows = app_.backend.db.query(R"sql(
        SELECT section_no, name, category, price, first_seat, last_seat, claimed_count FROM hall_section
        WHERE concert_date_id = ? ORDER BY section_no)sql",
                                      {date});
    while (rows.next()) {
      sections.push_back({static_cast<std::int32_t>(rows.number(1)), rows.text(2), rows.text(3),
                          rows.number(4), static_cast<SeatNumber>(rows.number(5)),
                          static_cast<SeatNumber>(rows.number(6))});
    }
  }

  Metrics metrics_{{}};
  App app_;
  std::map<std::string, std::vector<double>> times_;
};

}  // namespace

int main(int argc, char** argv) {
  const bool in_hall = argc == 4 && argv[2] == std::string("hall");
  if (argc != 3 && !in_hall) {
    fmt::print(stderr, "usage: bench_latency CONFIG use-cases|hall SECTION|pass\n");
    return 2;
  }
  Settings settings = Settings::read(argv[1]);
  if (argv[2] == std::string("pass")) {
    Metrics metrics({});
    App app(settings, metrics);
    Maintain maintain(app.backend.db, app.backend.queue_cache, app.backend.settings);
    app.backend.db.now();  // connected
    const auto begun = Clock::now();
    maintain.run();
    Json::Value report;
    report["ms"] = us_since(begun) / 1000;
    print(report);
    return 0;
  }
  settings.memcached_servers.clear();
  UseCases use_cases(settings);
  for (std::string line; std::getline(std::cin, line);) {
    const Actor actor = Actor::parse(line);
    in_hall ? use_cases.run_in(argv[3], actor) : use_cases.run(actor);
  }
  use_cases.report();
  return 0;
}
