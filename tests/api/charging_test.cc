#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <ctime>

#include "support/files.h"
#include "support/jwt.h"
#include "support/test_user.h"
#include "support/voucher.h"

namespace concert::test {
namespace {

struct PaymentService {
  PaymentService() { write_text(secret_file(), std::string(kPaymentSecret) + "\n"); }
  std::string secret_file() const { return folder.path() + "/secret"; }
  ScratchFolder folder;
};

// A service that demands vouchers for "tickets", and a user of it.
struct OneCustomer : PaymentService {
  Stack stack{{"charging", "voucher"},
              {"charge_key_file", secret_file()},
              {"charge_audience", "tickets"},
              {"balance_limit", "1000"}};
  TestUser user{stack};

  Json::Value claims(const std::string& id, std::int64_t amount, std::int64_t life_s = 3600) const {
    Json::Value good = voucher_claims(id, user.id(), amount, life_s);
    good["aud"] = "tickets";
    return good;
  }
  std::string sign(const Json::Value& claims) const {
    return sign_jwt(claims, "HS256", kPaymentSecret);
  }
  HttpResponse charge(std::int64_t amount, const std::string& voucher,
                      const Headers& headers = {}) {
    return user.patch_charge(fmt::format(R"({{"amount": {}, "voucher": "{}"}})", amount, voucher),
                             headers);
  }
  bool audit_is_clean() const { return stack.ctl({"audit"})["ok"].asBool(); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(charging_test)

BOOST_FIXTURE_TEST_CASE(a_charge_needs_a_voucher_of_the_payment_service, OneCustomer) {
  const std::string invalid = "403 VOUCHER_INVALID";
  BOOST_TEST(user.charge(700).outcome() == invalid);
  const Json::Value good = claims("v", 700);
  for (const std::string& voucher :
       {std::string(), std::string("x"), sign_jwt(good, "HS512", kPaymentSecret),
        sign_jwt(good, "none", ""), sign_jwt(good, "HS256", "another secret of 32 bytes or more!"),
        sign(claims("v", 701)), sign(claims("v", 700, -1)),
        sign(claims(std::string(101, 'v'), 700)), sign(voucher_claims("v", user.id(), 700)),
        sign(voucher_claims("v", new_uuid(), 700))})
    BOOST_TEST(charge(700, voucher).outcome() == invalid, voucher);
  for (const char* claim : {"jti", "sub", "amount", "exp", "aud"}) {
    Json::Value fewer = good;
    fewer.removeMember(claim);
    BOOST_TEST(charge(700, sign(fewer)).outcome() == invalid, claim);
  }
  BOOST_TEST(user.balance() == 0);
  const HttpResponse charged = charge(700, sign(good));
  BOOST_TEST(charged.outcome() == "200");
  BOOST_TEST(charged.json()["balance"].asInt64() == 700);
  BOOST_TEST(audit_is_clean());
}

BOOST_FIXTURE_TEST_CASE(a_charge_by_voucher_needs_no_place_in_the_queue, OneCustomer) {
  HttpClient client = stack.client();
  const std::string token = records_token(client, user.id());
  const auto charge_with_records = [&](const std::string& body) {
    const Headers headers{{"token", token}, {"Content-Type", "application/json"}};
    return client.send({"PATCH", "/user/" + user.id() + "/charge", headers, body});
  };
  const std::string voucher = sign(claims("v", 700));
  const HttpResponse charged =
      charge_with_records(R"({"amount": 700, "voucher": ")" + voucher + "\"}");
  BOOST_TEST(charged.json()["balance"].asInt64() == 700);
  BOOST_TEST(charge_with_records(R"({"amount": 0})").outcome() == "422 AMOUNT_INVALID");
  user.leave();
  BOOST_TEST(charge(700, voucher).body == charged.body);
}

BOOST_FIXTURE_TEST_CASE(the_same_voucher_again_gets_the_first_answer, OneCustomer) {
  const HttpResponse first = charge(700, sign(claims("v", 700)));
  BOOST_TEST(first.header("idempotent-replayed") == "");
  BOOST_TEST(charge(5, sign(claims("w", 5))).outcome() == "200");
  for (const Headers& headers : {Headers{}, Headers{{"Idempotency-Key", "k"}}}) {
    for (const std::int64_t life_s : {3600, -1}) {
      const HttpResponse again =
          charge(700, sign(claims("v", 700, life_s)), life_s > 0 ? headers : Headers{});
      BOOST_TEST(again.outcome() == "200");
      BOOST_TEST(again.body == first.body);
      BOOST_TEST(again.header("idempotent-replayed") == "true");
    }
  }
  // Another voucher with the same id is none.
  BOOST_TEST(charge(5, sign(claims("v", 5))).outcome() == "403 VOUCHER_INVALID");
  TestUser other(stack);
  Json::Value theirs = claims("v", 700);
  theirs["sub"] = other.id();
  BOOST_TEST(
      other.patch_charge(R"({"amount": 700, "voucher": ")" + sign(theirs) + "\"}").outcome() ==
      "403 VOUCHER_INVALID");
  BOOST_TEST(user.balance() == 705);
  BOOST_TEST(audit_is_clean());
}

BOOST_FIXTURE_TEST_CASE(refusals_come_in_their_order_and_leave_the_voucher_unspent, OneCustomer) {
  BOOST_TEST(charge(0, "x").outcome() == "422 AMOUNT_INVALID");
  for (const char* voucher : {"1", "null", "true", "[]", "{}"}) {
    const auto refused =
        user.patch_charge(fmt::format(R"({{"amount": 5, "voucher": {}}})", voucher));
    BOOST_TEST(refused.outcome() == "422 FIELD_INVALID", voucher);
    BOOST_TEST(refused.json()["field"].asString() == "voucher");
  }
  BOOST_TEST(charge(2000, "x").outcome() == "403 VOUCHER_INVALID");
  const std::string large = sign(claims("v", 900));
  BOOST_TEST(charge(900, sign(claims("w", 900))).outcome() == "200");
  BOOST_TEST(charge(900, large).outcome() == "409 BALANCE_LIMIT");
  const auto date = stack.add_date(stack.add_concert(), 5, 900);
  BOOST_TEST(user.pay(user.hold(date, {1})).outcome() == "200");
  const Headers forged{{"token", user.token() + "x"}};
  BOOST_TEST(charge(900, "x", forged).outcome() == "401 TOKEN_INVALID");
  BOOST_TEST(charge(900, large).outcome() == "200");
  BOOST_TEST(user.balance() == 900);
  BOOST_TEST(audit_is_clean());
}

BOOST_AUTO_TEST_CASE(a_public_key_of_the_payment_service_is_enough) {
  const PaymentService payments;
  const std::string file = payments.folder.path() + "/public.pem";
  for (const auto& [keys, algorithm] :
       {std::pair{rsa_keys(), "RS256"}, std::pair{elliptic_keys(), "ES256"}}) {
    write_text(file, keys.public_pem);
    const Stack stack{{"charging", "voucher"}, {"charge_key_file", file}};
    TestUser user(stack);
    const auto with = [&](const std::string& voucher) {
      return user.patch_charge(R"({"amount": 5, "voucher": ")" + voucher + "\"}").outcome();
    };
    const Json::Value good = voucher_claims("v", user.id(), 5);
    BOOST_TEST(with(sign_jwt(good, "HS256", keys.public_pem)) == "403 VOUCHER_INVALID");
    BOOST_TEST(with(sign_jwt(good, algorithm, keys.private_pem)) == "200", algorithm);
  }
}

BOOST_AUTO_TEST_CASE(without_a_key_the_service_runs_and_refuses_every_voucher) {
  const Stack stack{{"charging", "voucher"}};
  TestUser user(stack);
  for (const std::string& voucher :
       {voucher_text("v", user.id(), 5), sign_jwt(voucher_claims("v", user.id(), 5), "none", "")})
    BOOST_TEST(user.patch_charge(R"({"amount": 5, "voucher": ")" + voucher + "\"}").outcome() ==
               "403 VOUCHER_INVALID");
}

BOOST_AUTO_TEST_CASE(where_charging_is_off_only_an_administrator_adds_points) {
  const Stack stack{{"charging", "off"}};
  TestUser user(stack);
  BOOST_TEST(user.charge(5).outcome() == "403 CHARGING_OFF");
  BOOST_TEST(user.charge(0).outcome() == "422 AMOUNT_INVALID");
  stack.ctl({"user", "credit", "--user", user.id(), "--amount", "5", "--why", "w"});
  BOOST_TEST(user.balance() == 5);
  const Json::Value entry = user.get("/client/" + user.id() + "/ledger").json()["entries"][0];
  BOOST_TEST(entry["kind"].asString() == "CREDIT");
  BOOST_TEST(entry["amount"].asInt64() == 5);
  BOOST_TEST(stack.ctl({"audit"})["ok"].asBool());
}

// A client need not know which it is.
BOOST_AUTO_TEST_CASE(where_charging_is_open_a_voucher_is_not_looked_at) {
  TestUser user(shared_stack());
  BOOST_TEST(user.patch_charge(R"({"amount": 5, "voucher": "x"})").outcome() == "200");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
