// The clients that wrk cannot be: whole journeys, a crowd on one seat, each client's share of the
// answers, a spike of joins that then polls as instructed, more joins than can be served.

#include <fmt/format.h>
#include <json/json.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "bench/fill.h"
#include "bench/http_engine.h"
#include "support/http_client.h"
#include "support/ops_crowd.h"

namespace {

using namespace concert::bench;
using concert::UserId;

constexpr char kUsage[] =
    "usage: bench_clients journey PORT CLIENTS SECONDS <USERS\n"
    "       bench_clients sell PORT CLIENTS DATE SEATS_EACH\n"
    "       bench_clients shares PORT CLIENTS SECONDS PATH <USERS\n"
    "       bench_clients crowd PORT <USERS\n"
    "       bench_clients spike PORT JOINS CONNECTIONS POLL_SECONDS\n"
    "       bench_clients overload PORT JOINS_PER_SECOND SECONDS\n";

std::vector<Actor> read_actors() {
  std::vector<Actor> actors;
  for (std::string line; std::getline(std::cin, line);) actors.push_back(Actor::parse(line));
  return actors;
}

std::string new_user() { return random_user().text(); }

// The text of `key` in a flat JSON object; enough for a load that must not be slowed by parsing.
std::string member(const std::string& body, const std::string& key) {
  auto at = body.find('"' + key + "\":");
  if (at == std::string::npos) return "";
  at += key.size() + 3;
  if (body[at] == '"') return body.substr(at + 1, body.find('"', at + 1) - at - 1);
  return body.substr(at, body.find_first_of(",}", at) - at);
}

double percentile(std::vector<double>& values, double part) {
  if (values.empty()) return 0;
  const auto at = static_cast<std::ptrdiff_t>(part * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return values[static_cast<std::size_t>(at)];
}

double ms(std::chrono::microseconds time) { return static_cast<double>(time.count()) / 1000; }

// Token, dates, seats, hold, charge, pay: each client one user after the other, each user for a
// seat of its own.
int journey(int port, std::size_t clients, std::chrono::seconds length) {
  const std::vector<Actor> seats = read_actors();
  struct State {
    int step = 0;
    Actor actor;
    std::string user, payment;
    Clock::time_point begun;
  };
  std::vector<State> states(clients);
  std::size_t next_seat = 0;
  std::int64_t done = 0;
  std::map<std::string, int> errors;
  std::vector<double> times;
  HttpEngine* engine = nullptr;
  const auto begin = [&](std::uint32_t client) {
    if (next_seat == seats.size()) throw std::runtime_error("not enough seats were made");
    State& state = states[client];
    state = {0, seats[next_seat++], new_user(), "", Clock::now()};
    engine->submit(client, http_send("POST", "/token", "", "{\"userId\":\"" + state.user + "\"}"));
  };
  const auto go_on = [&](std::uint32_t client, const Answer& answer) {
    State& s = states[client];
    const bool good = answer.status == 200 || answer.status == 201;
    if (s.step == 0) s.actor.token = member(answer.body, "token");
    if (!good || (s.step == 0 && member(answer.body, "status") != "ACTIVE")) {
      ++errors[fmt::format("step {}: {} {}", s.step, answer.status, member(answer.body, "code"))];
      return begin(client);
    }
    const std::string dates = fmt::format("/concerts/{}/dates", s.actor.concert);
    switch (++s.step) {
      case 1: return engine->submit(client, http_get(dates, s.actor.token));
      case 2:
        return engine->submit(
            client, http_get(fmt::format("{}/{}/seats", dates, s.actor.date), s.actor.token));
      case 3:
        return engine->submit(
            client, http_send("POST", "/reservation", s.actor.token,
                              fmt::format(R"({{"concertDateId":{},"seatNumber":{}}})", s.actor.date,
                                          s.actor.seat)));
      case 4:
        s.payment = member(answer.body, "paymentId");
        return engine->submit(client, http_send("PATCH", "/user/" + s.user + "/charge",
                                                s.actor.token, R"({"amount":50000})"));
      case 5:
        return engine->submit(client,
                              http_send("POST", "/payment/" + s.payment, s.actor.token, ""));
      default:
        ++done;
        times.push_back(
            ms(std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - s.begun)));
        return begin(client);
    }
  };
  HttpEngine http(port, clients, go_on);
  engine = &http;
  const auto begun = Clock::now();
  for (std::uint32_t client = 0; client < clients; ++client) begin(client);
  http.run(begun + length);
  const std::chrono::duration<double> taken = length;
  int failed = 0;
  for (const auto& [what, count] : errors) {
    fmt::print(stderr, "journey: {} times {}\n", count, what);
    failed += count;
  }
  fmt::print(
      R"({{"requests": {}, "seconds": {:.3f}, "errors": {}, "p50ms": {:.1f}, "p99ms": {:.1f}}})"
      "\n",
      done, taken.count(), failed, percentile(times, 0.5), percentile(times, 0.99));
  return 0;
}

// Sells the best available seats of a date to new users until nobody gets any: token, charge, hold,
// pay.
class Sale {
 public:
  Sale(int port, std::size_t clients, std::string date, int seats_each)
      : buyers_(clients),
        wish_(fmt::format(R"({{"concertDateId":{},"bestAvailable":{{"count":{}}}}})", date,
                          seats_each)),
        http_(port, clients, [this](auto client, auto& answer) { on_answer(client, answer); }) {}

  void run() {
    const auto begun = Clock::now();
    for (std::uint32_t client = 0; client < buyers_.size(); ++client) begin(client);
    http_.run(begun + std::chrono::hours(1));
    taken_ = Clock::now() - begun;
  }

  void print() {
    for (const auto& [what, count] : errors_)
      fmt::print(stderr, "sell: {} times {}\n", count, what);
    fmt::print(
        R"({{"sold": {}, "seconds": {:.3f}, "errors": {}, "p50ms": {:.1f}, "p99ms": {:.1f}}})"
        "\n",
        times_.size(), taken_.count(), errors_.size(), percentile(times_, 0.5),
        percentile(times_, 0.99));
  }

 private:
  struct Buyer {
    int step = 0;
    std::string user, token;
    Clock::time_point begun;
  };

  void begin(std::uint32_t client) {
    Buyer& buyer = buyers_[client];
    buyer = {0, new_user(), "", Clock::now()};
    http_.submit(client,
                 http_send("POST", "/token", "", fmt::format(R"({{"userId":"{}"}})", buyer.user)));
  }

  void on_answer(std::uint32_t client, const Answer& answer) {
    Buyer& buyer = buyers_[client];
    if (answer.status == 409 && buyer.step == 2) return;  // no such seats are left
    if (answer.status != 200 && answer.status != 201) {
      ++errors_[fmt::format("step {}: {} {}", buyer.step, answer.status,
                            member(answer.body, "code"))];
      return begin(client);
    }
    if (buyer.step == 0) buyer.token = member(answer.body, "token");
    switch (++buyer.step) {
      case 1:
        return http_.submit(client, http_send("PATCH", fmt::format("/user/{}/charge", buyer.user),
                                              buyer.token, R"({"amount":1000000})"));
      case 2: return http_.submit(client, http_send("POST", "/reservation", buyer.token, wish_));
      case 3:
        return http_.submit(
            client,
            http_send("POST", "/payment/" + member(answer.body, "paymentId"), buyer.token, ""));
      default:
        times_.push_back(
            ms(std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - buyer.begun)));
        return begin(client);
    }
  }

  std::vector<Buyer> buyers_;
  std::string wish_;
  std::vector<double> times_;
  std::map<std::string, int> errors_;
  std::chrono::duration<double> taken_{};
  HttpEngine http_;
};

int sell(int port, std::size_t clients, const std::string& date, int seats_each) {
  Sale sale(port, clients, date, seats_each);
  sale.run();
  sale.print();
  return 0;
}

// How the answers are shared between clients that all ask as often as they can.
int shares(int port, std::size_t clients, std::chrono::seconds length, const std::string& path) {
  const std::vector<Actor> actors = read_actors();
  std::vector<std::int64_t> counts(clients);
  std::vector<double> times;
  std::int64_t errors = 0;
  HttpEngine* engine = nullptr;
  const auto ask = [&](std::uint32_t client) {
    engine->submit(client, http_get(path, actors[client % actors.size()].token));
  };
  HttpEngine http(port, clients, [&](std::uint32_t client, const Answer& answer) {
    answer.status == 200 ? ++counts[client] : ++errors;
    times.push_back(ms(answer.taken));
    ask(client);
  });
  engine = &http;
  for (std::uint32_t client = 0; client < clients; ++client) ask(client);
  http.run(Clock::now() + length);
  std::sort(counts.begin(), counts.end());
  const auto total = std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
  const double fair = static_cast<double>(total) / static_cast<double>(clients);
  fmt::print(
      R"({{"requests": {}, "seconds": {}, "errors": {}, "leastShare": {:.3f}, "mostShare": {:.3f}, "p50ms": {:.2f}, "p99ms": {:.2f}, "maxms": {:.1f}}})"
      "\n",
      total, length.count(), errors, static_cast<double>(counts.front()) / fair,
      static_cast<double>(counts.back()) / fair, percentile(times, 0.5), percentile(times, 0.99),
      percentile(times, 1.0));
  return 0;
}

// All users want the first user's seat.
int crowd(int port) {
  const std::vector<Actor> actors = read_actors();
  std::vector<std::string> requests;
  for (const Actor& actor : actors) {
    requests.push_back(http_send("POST", "/reservation", actor.token + "\r\nConnection: close",
                                 fmt::format(R"({{"concertDateId":{},"seatNumber":{}}})",
                                             actors.front().date, actors.front().seat)));
  }
  const auto result = concert::test::send_at_once(port, requests);
  Json::Value report;
  for (const auto& [outcome, count] : result.outcomes) report["outcomes"][outcome] = count;
  report["ms"] = static_cast<Json::Int64>(result.taken.count());
  fmt::print("{}\n", concert::test::compact(report));
  return 0;
}

// New users join as fast as they can over the connections; then each polls at the interval that the
// service gives.
class Spike {
 public:
  Spike(int port, std::uint32_t joins, std::size_t connections)
      : users_(joins),
        connections_(connections),
        http_(port, connections, [this](auto u, auto& a) { on_answer(u, a); }) {}

  void run(std::chrono::seconds polling) {
    const auto begun = Clock::now();
    for (std::size_t i = 0; i < connections_; ++i) join();
    http_.run(begun + std::chrono::hours(1));
    join_time_ = Clock::now() - begun;
    active_at_once_ = std::count_if(users_.begin(), users_.end(), [](auto& u) { return u.active; });
    polling_ = polling;
    std::mt19937 random{1};
    for (std::uint32_t user = 0; user < users_.size(); ++user) {
      const std::int64_t most_ms = std::max<std::int64_t>(users_[user].wait_ms, 1);
      if (waits(users_[user]))
        poll(user, std::uniform_int_distribution<std::int64_t>(1, most_ms)(random));
    }
    http_.run(Clock::now() + polling);
  }

  void print() {
    for (const auto& [what, count] : errors_)
      fmt::print(stderr, "spike: {} times {}\n", count, what);
    fmt::print(
        R"({{"joined": {}, "joinSeconds": {:.1f}, "joinsPerSecond": {:.0f}, "joinP50ms": {:.1f}, )"
        R"("joinP99ms": {:.1f}, "activeAtOnce": {}, "polls": {}, "pollSeconds": {}, )"
        R"("pollP50ms": {:.2f}, "pollP99ms": {:.2f}, "admittedSeen": {}, "furthestAdmitted": {}, )"
        R"("placesThatGrew": {}, "passedOver": {}, "errors": {}}})"
        "\n",
        joined_, join_time_.count(), joined_ / join_time_.count(), percentile(join_ms_, 0.5),
        percentile(join_ms_, 0.99), active_at_once_, poll_ms_.size(), polling_.count(),
        percentile(poll_ms_, 0.5), percentile(poll_ms_, 0.99), admitted_, furthest_.back().place,
        places_that_grew_, passed_over_, errors_.size());
  }

 private:
  struct User {
    std::string token;
    std::int64_t joined_at = 0;  // place in the queue
    std::int64_t place = 0;
    std::int64_t wait_ms = 0;
    bool active = false;
  };
  // Up to which place users were known to be admitted, from a moment on.
  struct Reached {
    Clock::time_point from;
    std::int64_t place = 0;
  };

  static bool waits(const User& user) { return !user.active && !user.token.empty(); }

  void join() {
    if (sent_ == users_.size()) return;
    http_.submit(sent_++, http_send("POST", "/token", "", "{\"userId\":\"" + new_user() + "\"}"));
  }

  void poll(std::uint32_t user, std::int64_t delay_ms) {
    http_.submit(user, http_get("/token/refresh", users_[user].token),
                 std::chrono::milliseconds(delay_ms));
  }

  void on_answer(std::uint32_t number, const Answer& answer) {
    User& user = users_[number];
    const bool is_join = user.token.empty();
    (is_join ? join_ms_ : poll_ms_).push_back(ms(answer.taken));
    if (answer.status == 200 || answer.status == 201) {
      const std::int64_t place = std::atoll(member(answer.body, "position").c_str());
      user.token = member(answer.body, "token");
      user.active = member(answer.body, "status") == "ACTIVE";
      user.wait_ms = std::atoll(member(answer.body, "pollAfterSeconds").c_str()) * 1000;
      is_join ? note_join(user, place) : note_poll(user, place, Clock::now() - answer.taken);
      user.place = place;
    } else {
      ++errors_[fmt::format("{} {} {}", is_join ? "join" : "poll", answer.status,
                            member(answer.body, "code"))];
    }
    if (is_join) join();
    if (polling_.count() > 0 && waits(user)) poll(number, user.wait_ms);
  }

  void note_join(User& user, std::int64_t place) {
    ++joined_;
    user.joined_at = place;
  }

  void note_poll(const User& user, std::int64_t place, Clock::time_point asked) {
    places_that_grew_ += place > user.place ? 1 : 0;
    if (user.active) {
      ++admitted_;
      if (user.joined_at > furthest_.back().place)
        furthest_.push_back({Clock::now(), user.joined_at});
      return;
    }
    // A user with a later place had been admitted before this user asked.
    const auto later = std::upper_bound(furthest_.begin() + 1, furthest_.end(), asked,
                                        [](auto when, const Reached& r) { return when < r.from; });
    passed_over_ += user.joined_at < std::prev(later)->place ? 1 : 0;
  }

  std::vector<User> users_;
  std::size_t connections_;
  std::uint32_t sent_ = 0;
  std::uint32_t joined_ = 0;
  std::vector<double> join_ms_;
  std::vector<double> poll_ms_;
  std::map<std::string, int> errors_;
  std::int64_t active_at_once_ = 0;
  std::int64_t admitted_ = 0;
  std::int64_t places_that_grew_ = 0;
  std::int64_t passed_over_ = 0;
  std::vector<Reached> furthest_{{}};
  std::chrono::duration<double> join_time_{};
  std::chrono::seconds polling_{};
  HttpEngine http_;
};

// Joins that come at a rate, whatever becomes of them. Counts those that came after the first
// `warm_up`.
int overload(int port, int rate, std::chrono::seconds time) {
  // In which the backlog of the first seconds is worked off.
  constexpr std::chrono::seconds kWarmUp{30};
  constexpr std::size_t kConnections = 3000;
  const auto begun = Clock::now();
  std::vector<double> served_ms;
  std::vector<double> shed_ms;
  std::map<std::string, int> errors;
  HttpEngine http(port, kConnections, [&](std::uint32_t, const Answer& answer) {
    if (Clock::now() - answer.taken < begun + kWarmUp) return;
    if (answer.status == 201) {
      served_ms.push_back(ms(answer.taken));
    } else if (answer.status == 503 && member(answer.body, "code") == "BUSY") {
      shed_ms.push_back(ms(answer.taken));
    } else {
      ++errors[fmt::format("{} {}", answer.status, member(answer.body, "code"))];
    }
  });
  const auto seconds = static_cast<std::uint32_t>((kWarmUp + time).count());
  for (std::uint32_t i = 0; i < seconds * static_cast<std::uint32_t>(rate); ++i) {
    http.submit(i, http_send("POST", "/token", "", "{\"userId\":\"" + new_user() + "\"}"),
                std::chrono::milliseconds(1000LL * i / rate));
  }
  http.run(begun + std::chrono::hours(1));
  for (const auto& [what, count] : errors)
    fmt::print(stderr, "overload: {} times {}\n", count, what);
  fmt::print(R"({{"served": {}, "seconds": {}, "p50ms": {:.1f}, "p99ms": {:.1f}, "shed": {}, )"
             R"("shedP99ms": {:.1f}, "longestMs": {:.1f}, "errors": {}}})"
             "\n",
             served_ms.size(), time.count(), percentile(served_ms, 0.5),
             percentile(served_ms, 0.99), shed_ms.size(), percentile(shed_ms, 0.99),
             std::max(percentile(served_ms, 1), percentile(shed_ms, 1)), errors.size());
  return 0;
}

int spike(int port, std::uint32_t joins, std::size_t connections, std::chrono::seconds polling) {
  Spike spike(port, joins, connections);
  spike.run(polling);
  spike.print();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  const auto number = [&](std::size_t i) { return std::stoi(words.at(i)); };
  try {
    const std::string& what = words.at(0);
    if (what == "journey")
      return journey(number(1), static_cast<std::size_t>(number(2)),
                     std::chrono::seconds(number(3)));
    if (what == "sell")
      return sell(number(1), static_cast<std::size_t>(number(2)), words.at(3), number(4));
    if (what == "shares")
      return shares(number(1), static_cast<std::size_t>(number(2)), std::chrono::seconds(number(3)),
                    words.at(4));
    if (what == "crowd") return crowd(number(1));
    if (what == "overload") return overload(number(1), number(2), std::chrono::seconds(number(3)));
    if (what == "spike")
      return spike(number(1), static_cast<std::uint32_t>(number(2)),
                   static_cast<std::size_t>(number(3)), std::chrono::seconds(number(4)));
  } catch (const std::out_of_range&) {
    fmt::print(stderr, "{}", kUsage);
    return 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_clients: {}\n", error.what());
    return 1;
  }
  fmt::print(stderr, "{}", kUsage);
  return 2;
}
