// Every place between two statements of every transaction: the process dies there by SIGKILL. The
// data must be sound at once, and a client that asks again must find the request applied exactly
// once.
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <functional>
#include <map>

#include "ctl/commands/command.h"
#include "domain/admin_action.h"
#include "service/admin/change_catalogue.h"
#include "support/one_date.h"
#include "support/process.h"
#include "support/stack.h"
#include "support/voucher.h"

namespace concert::test {
namespace {

using Act = std::function<void(Services&)>;

// What a client asks for, or the timer runs, and asks for again after a death.
struct Step {
  Act prepare = [](Services&) {};
  Act act;
  // What was applied; the same text however often the process died on the way.
  std::function<std::string(Services&)> state;
};

// Runs `act` in a process that kills itself before its nth statement; false if it lived.
bool dies_before(int n, const Settings& settings, const Act& act) {
  const auto results = in_parallel(1, [&](int) {
    Services mine(settings);
    mine.number("SELECT 1");
    int statements = 0;
    mine.app.backend.db.observe([&](std::string_view, const std::vector<Value>&) {
      if (++statements == n) ::kill(::getpid(), SIGKILL);
    });
    act(mine);
    return 0;
  });
  return results.front() == -1;
}

// Waits until `services` are alone in their database. A session whose process died is there until
// what it had begun is undone, and its rows are locked as long.
bool alone(Services& services) {
  return eventually([&] {
    return services.number(
               "SELECT COUNT(*) FROM information_schema.processlist WHERE db = DATABASE()") == 1;
  });
}

// Its date of fifty seats is one with five sections, so that each death must leave their claims
// right.
DateId make_hall_of(OneDateOfFiftySeats& world) {
  Layout layout = hall_of(5, 2, 5);
  for (HallSection& section : layout) section.price = kSeatPrice;
  world.backend().catalogue.remove(world.date);
  return world.date = world.add_hall(layout);
}

struct Deaths {
  // Every death of `step`, and the one after its last statement, when only the answer is lost.
  // `wanted` is the state once it was applied.
  void try_all(const Step& step, const std::string& wanted) {
    constexpr int kMost = 60;
    bool died = true;
    int n = 0;
    while (died) {
      OneDateOfFiftySeats world;
      world.settings = settings(world.settings);
      world.compose();
      date = make_hall_of(world);
      step.prepare(*world.services);
      died = dies_before(++n, world.settings, step.act);
      BOOST_REQUIRE(alone(*world.services));
      BOOST_TEST(world.services->breaches() == "", "after a death before statement " << n);
      // A process that lived passed every kill point, and left nothing to do for the repetition.
      if (!died) BOOST_TEST(step.state(*world.services) == wanted);
      step.act(*world.services);
      BOOST_TEST(step.state(*world.services) == wanted, "after a death before statement " << n);
      BOOST_TEST(world.services->breaches() == "", "asked again, death before statement " << n);
      BOOST_REQUIRE(n < kMost);
    }
    BOOST_TEST_MESSAGE(n - 1 << " places to die");
    BOOST_TEST(n > 3);
  }

  void pay_for_two_seats(Services& s) {
    claims = s.enter_with(user(1), 5000);
    reservation = s.hold(claims, date, {3, 4});
    s.app.payments.pay(claims, payment_of(reservation));
  }

  // Of every world that is made.
  std::function<Settings(Settings)> settings = [](Settings given) { return given; };
  DateId date;
  TokenClaims claims;
  ReservationId reservation;
};

std::string numbers(Services& services, const std::string& columns) {
  return services.text(fmt::format("SELECT CONCAT_WS(' ', {})", columns));
}

constexpr char kLine[] =
    "(SELECT COUNT(*) FROM token), (SELECT active_count FROM queue), "
    "(SELECT waiting_count FROM queue)";
constexpr char kSeats[] =
    "(SELECT COUNT(*) FROM seat WHERE state = 'HELD' AND held_until > NOW(3)), "
    "(SELECT COUNT(*) FROM seat WHERE state = 'SOLD')";
constexpr char kMoney[] =
    "(SELECT SUM(balance) FROM user), (SELECT COUNT(*) FROM ledger_entry), "
    "(SELECT COUNT(*) FROM payment)";

// Concerts, dates, and dates that have not all of their seats.
constexpr char kCatalogue[] =
    "(SELECT COUNT(*) FROM concert), (SELECT COUNT(*) FROM concert_date), "
    "(SELECT COUNT(*) FROM concert_date d WHERE seat_count <> "
    "(SELECT COUNT(*) FROM seat s WHERE s.concert_date_id = d.concert_date_id))";

std::string line(Services& services) { return numbers(services, kLine); }
std::string catalogue(Services& services) { return numbers(services, kCatalogue); }
std::string seats(Services& services) { return numbers(services, kSeats); }
std::string money(Services& services) { return numbers(services, kMoney); }

// How often a command is recorded as done.
std::string recorded(Services& services, const std::string& words) {
  return services.text("SELECT COUNT(*) FROM admin_action WHERE what = ?", {words});
}

IdempotencyKey key(IdempotentRoute route) { return key_of(route, "once", "body"); }

// Gives an administrator's command. One that was done already may refuse to be done again.
void command(Services& services, const std::string& words,
             const std::map<std::string, std::string>& options = {}) {
  const auto& all = commands();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Command& c) { return c.words == words; });
  BOOST_TEST_REQUIRE((found != all.end()));
  CommandArguments given;
  given.options = options;
  given.words = words;
  try {
    found->run(services.app.backend, given);
  } catch (const CommandRefused&) {
    return;
  } catch (const ChangeRefused&) {
    return;
  }
}

std::string text(const DateId& id) { return std::to_string(id.value); }
std::string text(const ReservationId& id) { return std::to_string(id.value); }

}  // namespace

BOOST_FIXTURE_TEST_SUITE(kill_points_test, Deaths)

BOOST_AUTO_TEST_CASE(a_join) {
  try_all({.act = [](Services& s) { s.enter(user(1)); }, .state = line}, "1 1 0");
}

BOOST_AUTO_TEST_CASE(a_join_of_a_waiting_user) {
  settings = [](Settings given) {
    given.active_limit = 1;
    return given;
  };
  try_all({.prepare = [](Services& s) { s.enter(user(2)); },
           .act = [](Services& s) { s.enter(user(1)); },
           .state = line},
          "2 1 1");
}

BOOST_AUTO_TEST_CASE(a_join_that_ends_a_lapsed_token) {
  try_all({.prepare = [](Services& s) { s.lapse(s.enter(user(1))); },
           .act = [](Services& s) { s.enter(user(1)); },
           .state = line},
          "2 1 0");
}

BOOST_AUTO_TEST_CASE(leaving_an_active_place) {
  try_all({.prepare = [this](Services& s) { claims = s.enter(user(1)); },
           .act = [this](Services& s) { s.app.leave_queue.run(claims); },
           .state = line},
          "1 0 0");
}

BOOST_AUTO_TEST_CASE(leaving_the_queue) {
  settings = [](Settings given) {
    given.active_limit = 1;
    return given;
  };
  try_all({.prepare =
               [this](Services& s) {
                 s.enter(user(2));
                 claims = s.enter(user(1));
                 s.enter(user(3));
               },
           .act = [this](Services& s) { s.app.leave_queue.run(claims); },
           .state = line},
          "3 1 1");
}

BOOST_AUTO_TEST_CASE(a_charge) {
  try_all({.prepare = [this](Services& s) { claims = s.enter(user(1)); },
           .act = [this](Services& s) { s.charge(claims, 700, key(IdempotentRoute::charge)); },
           .state = money},
          "700 1 0");
}

BOOST_AUTO_TEST_CASE(a_charge_by_voucher) {
  settings = [](Settings given) {
    given.charging = ChargingMode::voucher;
    given.charge_key = kPaymentSecret;
    return given;
  };
  // Without a key of its own: the voucher alone makes it repeatable.
  try_all({.prepare = [this](Services& s) { claims = s.enter(user(1)); },
           .act =
               [this](Services& s) {
                 s.charge(claims, ChargeRequest{700, voucher_text("v", user(1).text(), 700), {}});
               },
           .state =
               [](Services& s) {
                 return money(s) + " " + numbers(s, "(SELECT COUNT(*) FROM voucher)");
               }},
          "700 1 0 1");
}

BOOST_AUTO_TEST_CASE(a_credit) {
  try_all({.prepare = [](Services& s) { s.enter(user(1)); },
           .act =
               [](Services& s) {
                 command(s, "user credit",
                         {{"user", user(1).text()}, {"amount", "700"}, {"why", "w"}, {"key", "k"}});
               },
           .state = [](Services& s) { return money(s) + ", " + recorded(s, "user credit"); }},
          "700 1 0, 1");
}

BOOST_AUTO_TEST_CASE(a_hold) {
  try_all({.prepare = [this](Services& s) { claims = s.enter(user(1)); },
           .act =
               [this](Services& s) {
                 s.hold(claims, date, {3, 4}, key(IdempotentRoute::reservation));
               },
           .state = seats},
          "2 0");
}

BOOST_AUTO_TEST_CASE(a_hold_of_seats_whose_hold_has_lapsed) {
  try_all({.prepare =
               [this](Services& s) {
                 s.hold(s.enter(user(2)), date, {3, 4, 5});
                 s.lapse_holds();
                 claims = s.enter(user(1));
               },
           .act =
               [this](Services& s) {
                 s.hold(claims, date, {3, 4}, key(IdempotentRoute::reservation));
               },
           .state = seats},
          "2 0");
}

BOOST_AUTO_TEST_CASE(a_release) {
  try_all({.prepare =
               [this](Services& s) {
                 claims = s.enter(user(1));
                 reservation = s.hold(claims, date, {3, 4});
               },
           .act = [this](Services& s) { s.app.reservations.release(claims, reservation); },
           .state = seats},
          "0 0");
}

// One that gives all that is left: asked again, it is refused or answers as before.
BOOST_AUTO_TEST_CASE(an_extension) {
  try_all({.prepare =
               [this](Services& s) {
                 claims = s.enter(user(1));
                 reservation = s.hold(claims, date, {3, 4});
                 s.age_holds();
               },
           .act =
               [this](Services& s) {
                 const std::string refusal =
                     refused([&] { s.app.reservations.extend(claims, reservation); });
                 BOOST_TEST((refusal.empty() || refusal == "EXTENSION_LIMIT"), refusal);
               },
           .state =
               [](Services& s) {
                 return seats(s) + ", " +
                        numbers(
                            s,
                            "(SELECT COUNT(*) FROM seat s JOIN reservation r USING (held_until) "
                            "WHERE r.held_until = r.created_at + INTERVAL 900 SECOND)");
               }},
          "2 0, 2");
}

BOOST_AUTO_TEST_CASE(a_payment) {
  try_all({.prepare =
               [this](Services& s) {
                 claims = s.enter_with(user(1), 5000);
                 reservation = s.hold(claims, date, {3, 4});
               },
           .act = [this](Services& s) { s.app.payments.pay(claims, payment_of(reservation)); },
           .state = [](Services& s) { return money(s) + ", " + seats(s) + ", " + line(s); }},
          "3000 2 1, 0 2, 1 0 0");
}

BOOST_AUTO_TEST_CASE(a_payment_of_several_holds) {
  std::vector<PaymentId> ids;
  try_all({.prepare =
               [&](Services& s) {
                 claims = s.enter_with(user(1), 5000);
                 ids.clear();
                 for (const SeatNumber seat : {3, 9, 5})
                   ids.push_back(payment_of(s.hold(claims, date, {seat})));
               },
           .act = [&](Services& s) { s.app.payments.pay_all(claims, ids); },
           .state = [](Services& s) { return money(s) + ", " + seats(s) + ", " + line(s); }},
          "2000 4 3, 0 3, 1 0 0");
}

// It ends a hold and two tokens, lets two in, and deletes two reservations past keeping.
BOOST_AUTO_TEST_CASE(a_pass_of_the_timer) {
  settings = [](Settings given) {
    given.active_limit = 2;
    return given;
  };
  try_all({.prepare =
               [this](Services& s) {
                 claims = s.enter(user(1));
                 s.hold(claims, date, {6, 7});
                 s.lapse_holds();
                 s.maintain.run();
                 s.app.reservations.release(claims, s.hold(claims, date, {8}));
                 s.execute("UPDATE reservation SET ended_at = NOW(3) - INTERVAL 91 DAY");
                 for (int number = 2; number <= 6; ++number) s.enter(user(number));
                 s.hold(claims, date, {3, 4});
                 s.lapse_holds();
                 s.lapse(claims);
                 s.lapse(s.enter(user(4)));
               },
           .act = [](Services& s) { s.maintain.run(); },
           .state =
               [](Services& s) {
                 return seats(s) + ", " + line(s) + ", " +
                        numbers(s,
                                "(SELECT COUNT(*) FROM reservation), "
                                "(SELECT COUNT(*) FROM reservation_seat)");
               }},
          "0 0, 6 2 2, 1 2");
}

BOOST_AUTO_TEST_CASE(a_date_that_an_administrator_adds) {
  try_all({.act =
               [](Services& s) {
                 const auto concert = s.text("SELECT MAX(concert_id) FROM concert");
                 command(s, "date add",
                         {{"concert", concert},
                          {"starts-at", "2999-12-31T20:00:00Z"},
                          {"seats", "30"},
                          {"price", "100"}});
               },
           .state = [](Services& s) { return catalogue(s) + ", " + recorded(s, "date add"); }},
          "1 2 0, 1");
}

BOOST_AUTO_TEST_CASE(a_tour_that_an_administrator_imports) {
  const ScratchFolder folder;
  const std::string file = folder.path() + "/tour.json";
  std::ofstream(file) << R"({"concerts": [
      {"title": "Winter Journey", "venue": "Hall", "dates": [
        {"startsAt": "2999-12-30T20:00:00Z", "seats": [{"from": 1, "to": 3, "price": 500}]},
        {"startsAt": "2999-12-31T20:00:00Z", "seats": [{"from": 1, "to": 2, "price": 300}]}]},
      {"title": "Other", "venue": "Hall", "dates": [
        {"startsAt": "2999-12-30T20:00:00Z", "seats": [{"from": 1, "to": 1, "price": 100}]}]}]})";
  try_all(
      {.act =
           [&](Services& s) {
             command(s, "concert import", {{"file", file}});
           },
       .state = [](Services& s) { return catalogue(s) + ", " + recorded(s, "concert import"); }},
      "3 4 0, 1");
}

BOOST_AUTO_TEST_CASE(corrections_that_an_organiser_makes) {
  DateId unsold;
  try_all({.prepare =
               [&](Services& s) {
                 const ConcertId concert = s.stores.catalogue.date(date)->concert;
                 unsold = ChangeCatalogue(s.app.backend.db, {"a", "date add", ""})
                              .add_date({concert, s.app.backend.db.now() + 86'400'000, "", 3, 100});
                 reservation = s.hold(s.enter(user(1)), date, {3, 4});
               },
           .act =
               [&](Services& s) {
                 const std::string concert = s.text("SELECT MAX(concert_id) FROM concert");
                 command(s, "concert set", {{"concert", concert}, {"title", "Renamed"}});
                 const std::string of = std::to_string(date.value);
                 command(s, "date set",
                         {{"date", of}, {"starts-at", "2999-12-31T20:00:00Z"}, {"why", "flood"}});
                 command(s, "date stop", {{"date", of}, {"why", "a mistake"}});
                 command(s, "date price", {{"date", of}, {"price", "700"}});
                 command(s, "date remove", {{"date", std::to_string(unsold.value)}});
               },
           .state =
               [](Services& s) {
                 return catalogue(s) + ", " + recorded(s, "concert set") + recorded(s, "date set") +
                        recorded(s, "date stop") + recorded(s, "date price") +
                        recorded(s, "date remove") + ", " +
                        numbers(s, "(SELECT SUM(price) FROM seat)");
               }},
          "1 1 0, 11111, 35000");
}

BOOST_AUTO_TEST_CASE(a_tour_whose_keys_change_what_is_there) {
  const ScratchFolder folder;
  const std::string file = folder.path() + "/tour.json";
  const auto write = [&](int seats, const std::string& day) {
    std::ofstream(file) << fmt::format(
        R"({{"concerts": [{{"key": "k", "title": "T {0}", "venue": "Hall", "dates": [
          {{"key": "1", "startsAt": "2999-12-{1}T20:00:00Z", "seats": {0}, "price": {0}}}]}}]}})",
        seats, day);
  };
  try_all(
      {.prepare =
           [&](Services& s) {
             write(2, "30");
             command(s, "concert import", {{"file", file}});
             write(3, "31");
           },
       .act =
           [&](Services& s) {
             command(s, "concert import", {{"file", file}});
           },
       .state = [](Services& s) { return catalogue(s) + ", " + recorded(s, "concert import"); }},
      "2 2 0, 2");
}

BOOST_AUTO_TEST_CASE(a_refund) {
  try_all({.prepare = [this](Services& s) { pay_for_two_seats(s); },
           .act =
               [this](Services& s) {
                 command(s, "payment refund", {{"payment", text(reservation)}, {"why", "moved"}});
               },
           .state =
               [](Services& s) {
                 return money(s) + ", " + seats(s) + ", " + recorded(s, "payment refund");
               }},
          "5000 3 1, 0 0, 1");
}

BOOST_AUTO_TEST_CASE(a_refund_of_some_seats) {
  try_all({.prepare = [this](Services& s) { pay_for_two_seats(s); },
           .act =
               [this](Services& s) {
                 command(s, "reservation refund",
                         {{"reservation", text(reservation)}, {"seats", "4"}, {"why", "ill"}});
               },
           .state =
               [](Services& s) {
                 return money(s) + ", " + seats(s) + ", " + recorded(s, "reservation refund");
               }},
          "4000 3 1, 0 1, 1");
}

BOOST_AUTO_TEST_CASE(a_date_that_is_cancelled) {
  try_all({.prepare =
               [this](Services& s) {
                 for (int number = 1; number <= 3; ++number) {
                   claims = s.enter_with(user(number), 5000);
                   reservation = s.hold(claims, date, {number * 2, number * 2 + 1});
                   if (number < 3) s.app.payments.pay(claims, payment_of(reservation));
                 }
               },
           .act =
               [this](Services& s) {
                 command(s, "date cancel", {{"date", text(date)}, {"why", "a flood"}});
               },
           .state =
               [](Services& s) {
                 return money(s) + ", " + seats(s) + ", " + recorded(s, "date cancel") + ", " +
                        numbers(s,
                                "(SELECT COUNT(*) FROM concert_date WHERE refunds_ended_at IS NOT "
                                "NULL)");
               }},
          "15000 7 2, 0 0, 2, 1");
}

BOOST_AUTO_TEST_CASE(a_hold_that_an_administrator_releases) {
  try_all(
      {.prepare =
           [this](Services& s) {
             reservation = s.hold(s.enter(user(1)), date, {3, 4});
           },
       .act =
           [this](Services& s) {
             command(s, "reservation release",
                     {{"reservation", text(reservation)}, {"why", "a mistake"}});
           },
       .state = [](Services& s) { return seats(s) + ", " + recorded(s, "reservation release"); }},
      "0 0, 1");
}

BOOST_AUTO_TEST_CASE(seats_that_are_blocked) {
  try_all(
      {.act =
           [this](Services& s) {
             command(s, "seat block", {{"date", text(date)}, {"seats", "3-5"}, {"why", "view"}});
           },
       .state = [](Services& s) { return seats(s) + ", " + recorded(s, "seat block"); }},
      "0 3, 1");
}

BOOST_AUTO_TEST_CASE(seats_that_are_unblocked) {
  try_all(
      {.prepare =
           [this](Services& s) {
             command(s, "seat block", {{"date", text(date)}, {"seats", "3-5"}, {"why", "view"}});
           },
       .act =
           [this](Services& s) {
             command(s, "seat unblock", {{"date", text(date)}, {"seats", "4,5"}});
           },
       .state = [](Services& s) { return seats(s) + ", " + recorded(s, "seat unblock"); }},
      "0 1, 1");
}

// A user who paid once, holds seats, is active and gives up 3000 points.
BOOST_AUTO_TEST_CASE(a_user_who_is_erased) {
  try_all({.prepare =
               [this](Services& s) {
                 claims = s.enter_with(user(1), 5000);
                 s.app.payments.pay(claims, payment_of(s.hold(claims, date, {3, 4})));
                 claims = s.enter(user(1));
                 s.stores.vouchers.insert("v", s.stores.ledger.page(user(1), {}, 9).back());
                 s.app.records_tokens.issue(user(1));
                 s.hold(claims, date, {5}, key(IdempotentRoute::reservation));
               },
           .act =
               [](Services& s) {
                 command(s, "user erase",
                         {{"user", user(1).text()},
                          {"forfeit", "3000"},
                          {"forfeit-tickets", ""},
                          {"why", "a request"}});
               },
           .state =
               [](Services& s) {
                 const std::string left = s.text(
                     "SELECT (SELECT COUNT(*) FROM user WHERE user_id = ?) + "
                     "(SELECT COUNT(*) FROM ledger_entry WHERE user_id = ?) + "
                     "(SELECT COUNT(*) FROM payment WHERE user_id = ?) + "
                     "(SELECT COUNT(*) FROM voucher WHERE user_id = ?) + "
                     "(SELECT COUNT(*) FROM reservation WHERE user_id = ?) + "
                     "(SELECT COUNT(*) FROM token WHERE user_id = ?) + "
                     "(SELECT COUNT(*) FROM idempotency_key WHERE user_id = ?) + "
                     "(SELECT COUNT(*) FROM records_token WHERE user_id = ?)",
                     std::vector<Value>(8, user(1)));
                 return left + ", " + money(s) + ", " + seats(s) + ", " + line(s) + ", " +
                        recorded(s, "user erase");
               }},
          "0, 3000 2 1, 0 2, 2 0 0, 1");
}

BOOST_AUTO_TEST_CASE(limits_that_an_administrator_sets) {
  try_all({.act =
               [](Services& s) {
                 command(s, "queue set", {{"active-limit", "7"}, {"admit-per-pass", "3"}});
               },
           .state =
               [](Services& s) {
                 return numbers(s,
                                "(SELECT active_limit FROM queue), "
                                "(SELECT admit_per_pass FROM queue), "
                                "(SELECT limit_in_force FROM queue)") +
                        ", " + recorded(s, "queue set");
               }},
          "7 3 7, 1");
}

BOOST_AUTO_TEST_CASE(a_queue_that_is_paused) {
  try_all({.act = [](Services& s) { command(s, "queue pause"); },
           .state =
               [](Services& s) {
                 return numbers(s, "(SELECT paused FROM queue)") + ", " +
                        recorded(s, "queue pause");
               }},
          "1, 1");
}

BOOST_AUTO_TEST_CASE(a_queue_that_is_resumed) {
  try_all({.prepare = [](Services& s) { command(s, "queue pause"); },
           .act = [](Services& s) { command(s, "queue resume"); },
           .state =
               [](Services& s) {
                 return numbers(s, "(SELECT paused FROM queue)") + ", " +
                        recorded(s, "queue resume");
               }},
          "0, 1");
}

// The proof that the checks above could fail.
BOOST_AUTO_TEST_CASE(what_is_not_one_transaction_is_found_half_done) {
  OneDateOfFiftySeats world;
  claims = world.services->enter(user(1));
  const bool died = dies_before(3, world.settings, [&](Services& s) {
    Stores& backend = s.stores;
    const auto account = backend.users.account(claims.user);
    backend.users.move_balance(claims.user, *account, 700);
    backend.users.account(claims.user);
  });
  BOOST_TEST(died);
  BOOST_TEST(world.services->breaches() != "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
