// The ceiling of the database: the statements of a use case, in its transactions, on as many
// connections as concertd has workers. No HTTP, no JSON, no JWT, no memcached. The use cases
// themselves run here, so the statements cannot differ.
//
//   bench_bare_sql CONFIG issue|charge|hold|best|pay CONNECTIONS SECONDS <USERS

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <span>
#include <string>
#include <vector>

#include "bench/fill.h"
#include "http/app.h"

namespace {

using namespace concert;
using bench::Actor;
using Clock = std::chrono::steady_clock;

struct Prepared {
  Actor actor;
  TokenClaims claims;
};

struct Plan {
  std::string use_case;
  std::size_t connections = 1;
  std::chrono::milliseconds length{};
};

// What one connection did.
struct Done {
  std::int64_t count = 0;
  std::int64_t failed = 0;
  bool ran_out = false;
};

void step(App& app, const std::string& use_case, const Prepared& user) {
  if (use_case == "issue") {
    app.issue_token.run(kMainQueue, bench::random_user());
  } else if (use_case == "charge") {
    app.balances.charge(user.claims, {1, {}, {}}, [](const LedgerEntry&) { return ""; });
  } else if (use_case == "hold") {
    app.reservations.hold(user.claims,
                          {DateId{user.actor.date}, {static_cast<SeatNumber>(user.actor.seat)}, {}},
                          [](const Reservation&) { return ""; });
  } else if (use_case == "best") {
    app.reservations.hold(user.claims, {DateId{user.actor.date}, {}, {}, "", SeatWish{{1}}},
                          [](const Reservation&) { return ""; });
  } else {
    app.payments.pay(user.claims, PaymentId{user.actor.reservation});
  }
}

Done run_connection(const Settings& settings, const Plan& plan, std::span<const Prepared> users) {
  Metrics metrics({});
  App app(settings, metrics);
  app.backend.db.now();  // connected before the clock runs
  Done done;
  const auto end = Clock::now() + plan.length;
  const bool once = plan.use_case == "hold" || plan.use_case == "best" || plan.use_case == "pay";
  for (std::size_t i = 0; Clock::now() < end; ++i) {
    if (once && i >= users.size()) {
      done.ran_out = true;
      break;
    }
    try {
      step(app, plan.use_case, users[i % users.size()]);
      ++done.count;
    } catch (const std::exception& error) {
      if (done.failed++ == 0) fmt::print(stderr, "{}: {}\n", plan.use_case, error.what());
    }
  }
  return done;
}

std::vector<Prepared> read_users(const TokenText& text) {
  std::vector<Prepared> users;
  for (std::string line; std::getline(std::cin, line);) {
    const Actor actor = Actor::parse(line);
    users.push_back({actor, text.read(actor.token)});
  }
  return users;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    fmt::print(stderr,
               "usage: bench_bare_sql CONFIG issue|charge|hold|best|pay CONNECTIONS SECONDS\n");
    return 2;
  }
  Settings settings = Settings::read(argv[1]);
  settings.memcached_servers.clear();
  const Plan plan{argv[2], static_cast<std::size_t>(std::atoi(argv[3])),
                  std::chrono::milliseconds(std::atoi(argv[4]) * 1000)};
  const std::vector<Prepared> users = read_users(TokenText(settings.token_key));
  int results[2];
  if (users.empty() || ::pipe(results) != 0) return 1;
  const std::size_t share = users.size() / plan.connections;
  const auto begun = Clock::now();
  for (std::size_t i = 0; i < plan.connections; ++i) {
    if (::fork() != 0) continue;
    const Done done = run_connection(settings, plan, std::span(users).subspan(i * share, share));
    ::_exit(::write(results[1], &done, sizeof done) == sizeof done ? 0 : 1);
  }
  ::close(results[1]);
  Done all;
  for (Done done; ::read(results[0], &done, sizeof done) == sizeof done;) {
    all.count += done.count;
    all.failed += done.failed;
    all.ran_out |= done.ran_out;
  }
  const std::chrono::duration<double> taken = Clock::now() - begun;
  while (::wait(nullptr) > 0) continue;
  fmt::print(R"({{"requests": {}, "seconds": {:.3f}, "errors": {}, "ranOut": {}}})"
             "\n",
             all.count, taken.count(), all.failed, all.ran_out);
  return 0;
}
