#include <boost/test/unit_test.hpp>

#include "support/files.h"
#include "support/jwt.h"
#include "support/test_user.h"

// Rules with a term of 24 hours. The rows are made older, because no test can wait that long.

namespace concert::test {
namespace {

struct OneAgedUser {
  Stack& stack = shared_stack();
  TestUser user{stack};
  std::int64_t date = stack.add_date(stack.add_concert(), 10, 300);
  Session database = stack.database();

  void age_keys(const char* by) {
    const std::string id = UserId::parse(user.id())->binary();
    const auto changed = database.execute(
        std::string("UPDATE idempotency_key SET created_at = created_at - INTERVAL ") + by +
            " WHERE user_id = ?",
        {id});
    BOOST_REQUIRE(changed > 0U);
  }
  void age_token(const char* by) {
    const std::string interval = std::string(" - INTERVAL ") + by;
    const auto changed =
        database.execute("UPDATE token SET ended_at = ended_at" + interval +
                             ", expires_at = expires_at" + interval + " WHERE token_id = ?",
                         {claims_of_jwt(user.token())["jti"].asString()});
    BOOST_REQUIRE(changed == 1U);
  }
  // The text that the user's token would have if it had been issued a day earlier; the database
  // says so too.
  std::string issued_a_day_earlier() {
    constexpr Json::Int64 kDay_s = 24 * 3600;
    Json::Value claims = claims_of_jwt(user.token());
    claims["issued"] = claims["issued"].asInt64() - kDay_s * 1000;
    claims["iat"] = claims["iat"].asInt64() - kDay_s;
    claims["exp"] = claims["exp"].asInt64() - kDay_s;
    const auto changed = database.execute(
        "UPDATE token SET issued_at = issued_at - INTERVAL 1 DAY WHERE token_id = ?",
        {claims["jti"].asString()});
    BOOST_REQUIRE(changed == 1U);
    return sign_jwt(claims, "HS256", text_of(stack.folder() + "/token.key"));
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(day_later_test, OneAgedUser)

BOOST_AUTO_TEST_CASE(an_idempotency_key_lives_a_day) {
  const Headers key{{"Idempotency-Key", "k"}};
  const auto first = user.charge(100, key);
  age_keys("1439 MINUTE");
  BOOST_TEST(user.charge(100, key).body == first.body);
  BOOST_TEST(user.charge(5, key).outcome() == "422 IDEMPOTENCY_KEY_REUSED");
  age_keys("1 MINUTE");
  BOOST_TEST(user.charge(5, key).json()["balance"].asInt64() == 105);
  BOOST_TEST(user.charge(5, key).json()["balance"].asInt64() == 105);
  BOOST_TEST(user.charge(100, key).outcome() == "422 IDEMPOTENCY_KEY_REUSED");
  BOOST_TEST(user.balance() == 105);
}

BOOST_AUTO_TEST_CASE(a_used_up_token_shows_the_ticket_for_a_day) {
  user.charge(1000);
  const auto held = user.hold(date, {1});
  const auto paid = user.pay(held);
  const std::string ticket = "/reservation/" + held.json()["reservationId"].asString();
  const std::string payment = "/payment/" + held.json()["paymentId"].asString();
  const std::string own = "/client/" + user.id();
  // Paid at the end of its life: its text has lapsed since.
  const std::string old = issued_a_day_earlier();
  const auto ask = [&](const std::string& method, const std::string& path) {
    return user.send({method, path, {{"token", old}}, std::nullopt});
  };
  age_token("1439 MINUTE");
  BOOST_TEST(ask("GET", ticket).outcome() == "200");
  BOOST_TEST(ask("POST", payment).body == paid.body);
  age_token("1 MINUTE");
  BOOST_TEST(ask("GET", ticket).outcome() == "401 TOKEN_EXPIRED");
  for (const char* list : {"/ledger", "/reservations", "/balance"})
    BOOST_TEST(ask("GET", own + list).outcome() == "401 TOKEN_EXPIRED");
  BOOST_TEST(ask("POST", payment).outcome() == "401 TOKEN_EXPIRED");
  // A new token shows it again.
  user.rejoin();
  BOOST_TEST(user.get(ticket).json()["status"].asString() == "PAID");
}

BOOST_AUTO_TEST_CASE(no_use_extends_a_token_past_a_day_after_its_issue) {
  // Issued a day less ten seconds ago, and used all the time since.
  const std::string jti = claims_of_jwt(user.token())["jti"].asString();
  const auto changed = database.execute(
      "UPDATE token SET issued_at = NOW(3) - INTERVAL 86390 SECOND, expires_at = NOW(3) + INTERVAL "
      "5 SECOND WHERE token_id = ?",
      {jti});
  BOOST_REQUIRE(changed == 1U);
  // Once no cached state of before is left, the token's text says so too.
  BOOST_TEST(
      eventually([&] { return user.rejoin().json()["expiresAt"].asString() < time_from_now(15); }));
  BOOST_TEST(user.charge(1).outcome() == "200");
  BOOST_TEST(user.refresh().json()["expiresAt"].asString() < time_from_now(15));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
