#include "service/access/vouchers.h"

#include <boost/test/unit_test.hpp>
#include <ctime>

#include "domain/refusal.h"
#include "support/jwt.h"
#include "support/voucher.h"

namespace concert {
namespace {

const UserId kBuyer = *UserId::parse("0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0");
constexpr Points kAmount = 10'000;

// What is read of vouchers with these settings.
struct Till {
  Till() {
    settings.charging = ChargingMode::voucher;
    settings.charge_key = test::kPaymentSecret;
  }
  Json::Value claims() const { return test::voucher_claims("v-1", kBuyer.text(), kAmount); }
  std::optional<Voucher> read_text(const std::optional<std::string>& text) const {
    return Vouchers(settings).read(text, kBuyer, kAmount);
  }
  std::optional<Voucher> read(const Json::Value& claims) const {
    return read_text(test::sign_jwt(claims, "HS256", test::kPaymentSecret));
  }
  // The same voucher with another value of one claim; null takes the claim away.
  std::optional<Voucher> read_with(const char* claim, const Json::Value& value) const {
    Json::Value changed = claims();
    if (value.isNull()) changed.removeMember(claim);
    if (!value.isNull()) changed[claim] = value;
    return read(changed);
  }
  // The reason why a charge with what was read does not go on; nothing if it does.
  std::optional<Reason> refusal(const std::optional<Voucher>& voucher) const {
    try {
      Vouchers(settings).require(voucher);
      return std::nullopt;
    } catch (const Refusal& error) {
      return error.reason();
    }
  }
  Settings settings;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(vouchers_test, Till)

BOOST_AUTO_TEST_CASE(a_good_voucher_says_what_it_is_good_for) {
  const auto voucher = read(claims());
  BOOST_REQUIRE(voucher.has_value());
  BOOST_TEST(voucher->id == "v-1");
  BOOST_CHECK(voucher->user == kBuyer);
  BOOST_TEST(voucher->amount == kAmount);
  BOOST_TEST(voucher->is_valid_now);
  BOOST_CHECK(refusal(voucher) == std::nullopt);
}

BOOST_AUTO_TEST_CASE(each_kind_of_key_is_taken) {
  for (const auto& [keys, algorithm] :
       {std::pair{test::rsa_keys(), "RS256"}, std::pair{test::elliptic_keys(), "ES256"}}) {
    settings.charge_key = keys.public_pem;
    BOOST_TEST(read_text(test::sign_jwt(claims(), algorithm, keys.private_pem)).has_value(),
               algorithm);
    // Knowing the public key must not suffice to sign.
    BOOST_TEST(!read_text(test::sign_jwt(claims(), "HS256", keys.public_pem)), algorithm);
  }
}

BOOST_AUTO_TEST_CASE(a_voucher_signed_otherwise_is_none) {
  BOOST_TEST(!read_text(test::sign_jwt(claims(), "HS256", "another secret of 32 bytes or more!!")));
  for (const char* algorithm : {"HS384", "HS512", "none"})
    BOOST_TEST(!read_text(test::sign_jwt(claims(), algorithm, test::kPaymentSecret)), algorithm);
  std::string altered = test::sign_jwt(claims(), "HS256", test::kPaymentSecret);
  altered[altered.find('.') + 5] ^= 1;
  BOOST_TEST(!read_text(altered));
}

BOOST_AUTO_TEST_CASE(a_text_that_is_no_jwt_is_none) {
  for (const auto& text : {std::optional<std::string>(), std::optional<std::string>(""),
                           std::optional<std::string>("x"), std::optional<std::string>("a.b.c")})
    BOOST_TEST(!read_text(text));
  const std::string good = test::sign_jwt(claims(), "HS256", test::kPaymentSecret);
  BOOST_TEST(!read_text(good + std::string(1, '\0') + "x"));
}

BOOST_AUTO_TEST_CASE(a_voucher_with_a_critical_header_is_none) {
  BOOST_TEST(!read_text(test::sign_jwt_with_header(R"({"alg":"HS256","crit":["exp"]})", claims(),
                                                   test::kPaymentSecret)));
  BOOST_TEST(read_text(test::sign_jwt_with_header(R"({"alg":"HS256","x":1})", claims(),
                                                  test::kPaymentSecret))
                 .has_value());
}

BOOST_AUTO_TEST_CASE(a_voucher_is_for_its_user) {
  for (const Json::Value& sub :
       {Json::Value(), Json::Value(""), Json::Value("somebody"), Json::Value(1),
        Json::Value("0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f1"), Json::Value(Json::arrayValue)})
    BOOST_TEST(!read_with("sub", sub), sub);
  BOOST_TEST(read_with("sub", "0B1C2D3E-4F50-6172-8394-A5B6C7D8E9F0").has_value());
}

BOOST_AUTO_TEST_CASE(a_voucher_is_for_its_amount) {
  for (const Json::Value& amount :
       {Json::Value(), Json::Value(9'999), Json::Value(10'001), Json::Value(-10'000),
        Json::Value(0), Json::Value("10000"), Json::Value(10'000.5), Json::Value(true),
        Json::Value(Json::arrayValue)})
    BOOST_TEST(!read_with("amount", amount), amount);
  // A number with a fraction is no integer, though it is the same number.
  BOOST_TEST(!read_with("amount", Json::Value(10'000.0)));
}

BOOST_AUTO_TEST_CASE(a_voucher_has_an_id_of_1_to_100_characters) {
  for (const Json::Value& id : {Json::Value(), Json::Value(""), Json::Value(7), Json::Value(true),
                                Json::Value(std::string(101, 'x')), Json::Value(Json::arrayValue)})
    BOOST_TEST(!read_with("jti", id), id);
  BOOST_TEST(read_with("jti", std::string(100, 'x')).has_value());
  std::string wide;
  for (int i = 0; i < 100; ++i) wide += "\xF0\x9F\x8E\xB5";
  BOOST_TEST(read_with("jti", wide)->id == wide);
  BOOST_TEST(!read_with("jti", wide + "x"));
}

BOOST_AUTO_TEST_CASE(a_voucher_has_an_end_and_is_valid_until_then) {
  for (const Json::Value& end :
       {Json::Value(), Json::Value("tomorrow"), Json::Value("99999999999"), Json::Value(true)})
    BOOST_TEST(!read_with("exp", end), end);
  const auto now = static_cast<Json::Int64>(std::time(nullptr));
  for (const Json::Int64 end : {now - 3600, now - 1, now}) {
    // It may be one that was redeemed before.
    BOOST_REQUIRE(read_with("exp", end).has_value());
    BOOST_TEST(!read_with("exp", end)->is_valid_now);
  }
  BOOST_TEST(read_with("exp", static_cast<double>(now) + 300.5)->is_valid_now);
}

BOOST_AUTO_TEST_CASE(a_voucher_may_say_when_it_begins) {
  const auto now = static_cast<Json::Int64>(std::time(nullptr));
  BOOST_TEST(read_with("nbf", now - 30)->is_valid_now);
  BOOST_TEST(!read_with("nbf", now + 30)->is_valid_now);
  BOOST_TEST(!read_with("nbf", "soon")->is_valid_now);
}

BOOST_AUTO_TEST_CASE(a_voucher_names_this_service_where_that_is_wanted) {
  BOOST_TEST(read_with("aud", "shop").has_value());
  settings.charge_audience = "tickets";
  Json::Value list(Json::arrayValue);
  list.append("shop");
  for (const Json::Value& audience :
       {Json::Value(), Json::Value("shop"), Json::Value("tickets "), Json::Value(1), list})
    BOOST_TEST(!read_with("aud", audience), audience);
  list.append("tickets");
  BOOST_TEST(read_with("aud", "tickets").has_value());
  BOOST_TEST(read_with("aud", list).has_value());
}

BOOST_AUTO_TEST_CASE(without_a_key_every_voucher_is_refused) {
  settings.charge_key.clear();
  BOOST_TEST(!read(claims()));
  BOOST_TEST(!read_text(test::sign_jwt(claims(), "none", "")));
  BOOST_CHECK(refusal(std::nullopt) == Reason::voucher_invalid);
}

BOOST_AUTO_TEST_CASE(where_charging_is_open_none_is_read_and_none_is_needed) {
  settings.charging = ChargingMode::open;
  BOOST_TEST(!read(claims()));
  BOOST_CHECK(refusal(std::nullopt) == std::nullopt);
}

BOOST_AUTO_TEST_CASE(where_charging_is_off_none_is_good_enough) {
  settings.charging = ChargingMode::off;
  BOOST_TEST(!read(claims()));
  BOOST_CHECK(refusal(std::nullopt) == Reason::charging_off);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
