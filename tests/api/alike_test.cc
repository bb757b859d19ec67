#include <boost/test/unit_test.hpp>

#include "support/test_user.h"

// The answer for another user's id equals that for a missing one, to the last byte.

namespace concert::test {
namespace {

const std::string kNobody = "9007199254740991";

// What an owner has: a reservation in each state that a user can bring about.
struct OwnersThings {
  static constexpr int kPrice = 5;

  Stack stack{{"hold_seconds", "300"}};
  std::int64_t date = stack.add_date(stack.add_concert(), 20, kPrice);
  TestUser owner{stack}, active{stack}, left{stack}, used{stack};
  std::vector<std::string> reservations;
  TestUser waiting = [this] {
    owner.charge(10 * kPrice);
    const std::string released = hold(1);
    owner.del("/reservation/" + released);
    expire(hold(2));
    const HttpResponse held = owner.hold(date, {3});
    note(held);
    owner.pay(held);
    owner.rejoin();
    hold(4);
    used.charge(kPrice);
    used.pay(used.hold(date, {10}));
    left.leave();
    stack.ctl({"queue", "pause"});
    return TestUser(stack);
  }();

  std::string note(const HttpResponse& held) {
    reservations.push_back(held.json()["reservationId"].asString());
    return reservations.back();
  }
  std::string hold(int seat) { return note(owner.hold(date, {seat})); }
  void expire(const std::string& reservation) const {
    const auto changed = stack.database().execute(
        "UPDATE reservation SET held_until = NOW(3) - INTERVAL 1 SECOND WHERE reservation_id = ?",
        {reservation});
    BOOST_REQUIRE(changed == 1U);
  }
};

struct AmongOthers {
  static OwnersThings& things() {
    static OwnersThings all;
    return all;
  }
  OwnersThings& all = things();
  std::vector<TestUser*> others{&all.active, &all.waiting, &all.left, &all.used};

  // Asks for both with one request id. A client could tell them apart by any difference but the
  // time of day, which differs between any two answers.
  static void expect_alike(TestUser& user, HttpRequest request, const std::string& theirs,
                           const std::string& nobodys) {
    request.headers["X-Request-Id"] = "the-same";
    request.path = theirs;
    HttpResponse of_theirs = user.send(request);
    request.path = nobodys;
    HttpResponse of_nobodys = user.send(request);
    of_theirs.headers.erase("date");
    of_nobodys.headers.erase("date");
    BOOST_TEST_CONTEXT(request.method << " " << theirs << " " << of_theirs.body) {
      BOOST_TEST(of_theirs.status >= 400);
      BOOST_TEST(of_theirs.status == of_nobodys.status);
      BOOST_TEST(of_theirs.body == of_nobodys.body);
      BOOST_TEST(!of_theirs.header("x-request-id").empty());
      BOOST_TEST((of_theirs.headers == of_nobodys.headers));
    }
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(alike_test, AmongOthers)

BOOST_AUTO_TEST_CASE(the_owner_has_a_reservation_in_each_state) {
  std::string states;
  for (const std::string& id : all.reservations)
    states += all.owner.get("/reservation/" + id).json()["status"].asString() + " ";
  BOOST_TEST(states == "RELEASED EXPIRED PAID HELD ");
}

BOOST_AUTO_TEST_CASE(another_users_reservation_looks_like_a_missing_one) {
  for (TestUser* const user : others) {
    for (const std::string& id : all.reservations) {
      for (const char* method : {"GET", "HEAD", "DELETE"})
        expect_alike(*user, {method, ""}, "/reservation/" + id, "/reservation/" + kNobody);
    }
  }
}

BOOST_AUTO_TEST_CASE(another_users_payment_looks_like_a_missing_one) {
  for (TestUser* const user : others) {
    for (const std::string& id : all.reservations)
      expect_alike(*user, {"POST", "", {}, ""}, "/payment/" + id, "/payment/" + kNobody);
  }
}

BOOST_AUTO_TEST_CASE(another_user_looks_like_a_missing_one) {
  const std::string nobody = new_uuid();
  for (TestUser* const user : others) {
    for (const std::string& theirs : {all.owner.id(), all.used.id(), all.left.id()}) {
      if (theirs == user->id()) continue;
      for (const std::string& part : Texts{"/balance", "/ledger", "/reservations"})
        expect_alike(*user, {"GET", ""}, "/client/" + theirs + part, "/client/" + nobody + part);
      expect_alike(*user, {"PATCH", "", {{"Content-Type", "application/json"}}, R"({"amount": 1})"},
                   "/user/" + theirs + "/charge", "/user/" + nobody + "/charge");
    }
  }
}

BOOST_AUTO_TEST_CASE(another_users_idempotency_key_tells_nothing) {
  const Headers key{{"Idempotency-Key", "order-1"}};
  BOOST_TEST(all.owner.charge(1, key).outcome() == "200");
  const HttpResponse own = all.active.charge(2, key);
  BOOST_TEST(own.outcome() == "200");
  BOOST_TEST(own.json()["balance"].asInt64() == 2);
  BOOST_TEST(own.json()["userId"].asString() == all.active.id());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
