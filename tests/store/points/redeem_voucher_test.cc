#include <boost/test/unit_test.hpp>

#include "service/points/balances.h"
#include "store/session/transaction.h"
#include "support/race.h"
#include "support/voucher.h"

namespace concert::test {
namespace {

struct OneBuyer : OneDateOfFiftySeats {
  OneBuyer() {
    settings.charging = ChargingMode::voucher;
    settings.charge_key = kPaymentSecret;
    compose();
    claims = services->enter(user(1));
  }
  // A charge of user 1 by a voucher.
  ChargeRequest by(const std::string& id, Points amount, std::int64_t life_s = 3600) const {
    return {amount, voucher_text(id, user(1).text(), amount, life_s), std::nullopt};
  }
  StoredAnswer charge(const ChargeRequest& request) { return services->charge(claims, request); }
  std::string refusal(const ChargeRequest& request) {
    return refused([&] { charge(request); });
  }
  std::int64_t entries() { return services->number("SELECT COUNT(*) FROM ledger_entry"); }

  TokenClaims claims;
};

const IdempotencyKey kRedeemKey = key_of(IdempotentRoute::charge, "key", "body");

}  // namespace

BOOST_FIXTURE_TEST_SUITE(redeem_voucher_test, OneBuyer)

BOOST_AUTO_TEST_CASE(a_voucher_is_one_charge) {
  const StoredAnswer first = charge(by("v", 700));
  BOOST_TEST(first.body == "700");
  BOOST_TEST(!first.is_replayed);
  BOOST_TEST(charge(by("w", 300)).body == "1000");
  BOOST_TEST(services->number("SELECT COUNT(*) FROM voucher") == 2);
  BOOST_CHECK(backend().ledger.page(user(1), std::nullopt, 1).front().kind == EntryKind::charge);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(a_voucher_is_redeemed_without_a_place_in_the_queue) {
  const auto redeem = [&](const TokenClaims& with, const std::string& id) {
    return services->charge(with, by(id, 100)).body;
  };
  BOOST_TEST(redeem(app().token_text.read(app().records_tokens.issue(user(1)).token), "a") ==
             "100");
  app().leave_queue.run(claims);
  BOOST_TEST(redeem(claims, "b") == "200");
  backend().queues.set_paused(kMainQueue, true);
  BOOST_TEST(redeem(services->enter(user(1)), "c") == "300");
  services->execute("UPDATE token SET issued_at = issued_at - INTERVAL 24 HOUR");
  claims.issued_at = claims.issued_at + -24 * 3600 * 1000;
  BOOST_TEST(refusal(by("d", 100)) == "TOKEN_EXPIRED");
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(a_voucher_that_comes_again_gets_the_first_answer) {
  charge(by("v", 700));
  charge(by("w", 300));
  ChargeRequest again = by("v", 700, 7200);
  for (const auto& key : {std::optional<IdempotencyKey>(), std::optional(kRedeemKey)}) {
    again.key = key;
    const StoredAnswer answer = charge(again);
    BOOST_TEST(answer.body == "700");
    BOOST_TEST(answer.is_replayed);
  }
  BOOST_TEST(entries() == 2);
  // It is kept under the key, which is for one body.
  ChargeRequest other = by("x", 5);
  other.key = key_of(IdempotentRoute::charge, "key", "another body");
  BOOST_TEST(refusal(other) == "IDEMPOTENCY_KEY_REUSED");
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(only_a_voucher_that_was_redeemed_is_good_after_its_end) {
  BOOST_TEST(refusal(by("v", 700, -1)) == "VOUCHER_INVALID");
  BOOST_TEST(entries() == 0);
  charge(by("v", 700));
  BOOST_TEST(charge(by("v", 700, -1)).body == "700");
  // Nor does a key make one good that was never redeemed.
  ChargeRequest late = by("w", 700, -1);
  late.key = kRedeemKey;
  BOOST_TEST(refusal(late) == "VOUCHER_INVALID");
  BOOST_TEST(entries() == 1);
}

BOOST_AUTO_TEST_CASE(an_id_that_was_used_is_good_for_nothing_else) {
  charge(by("v", 700));
  BOOST_TEST(refusal(by("v", 701)) == "VOUCHER_INVALID");
  const TokenClaims other = services->enter(user(2));
  const ChargeRequest theirs{700, voucher_text("v", user(2).text(), 700), std::nullopt};
  BOOST_TEST(refused([&] { services->charge(other, theirs); }) == "VOUCHER_INVALID");
  BOOST_TEST(entries() == 1);
  // Ids are bytes: neither case nor a space at the end is ignored.
  BOOST_TEST(charge(by("V", 1)).body == "701");
  BOOST_TEST(charge(by("v ", 1)).body == "702");
}

BOOST_AUTO_TEST_CASE(a_voucher_that_was_refused_is_not_spent) {
  settings.balance_limit = 1000;
  charge(by("v", 700));
  BOOST_TEST(refusal(by("w", 301)) == "BALANCE_LIMIT");
  BOOST_TEST(services->number("SELECT COUNT(*) FROM voucher") == 1);
  // One that was redeemed needs no room.
  BOOST_TEST(charge(by("v", 700)).body == "700");
  settings.balance_limit = 1001;
  BOOST_TEST(charge(by("w", 301)).body == "1001");
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(the_token_is_judged_first_and_the_room_last) {
  settings.balance_limit = 100;
  BOOST_TEST(refusal({700, "x", std::nullopt}) == "VOUCHER_INVALID");
  BOOST_TEST(refusal({700, std::nullopt, std::nullopt}) == "VOUCHER_INVALID");
  BOOST_TEST(refusal(by("v", 700)) == "BALANCE_LIMIT");
  services->execute("UPDATE token SET issued_at = issued_at - INTERVAL 24 HOUR");
  claims.issued_at = claims.issued_at + -24 * 3600 * 1000;
  BOOST_TEST(refusal({700, "x", std::nullopt}) == "TOKEN_EXPIRED");
}

BOOST_AUTO_TEST_CASE(a_key_answers_what_it_earned_whatever_charging_is_now) {
  ChargeRequest request = by("v", 700);
  request.key = kRedeemKey;
  charge(request);
  settings.charging = ChargingMode::off;
  compose();
  BOOST_TEST(charge(request).body == "700");
  request.key.reset();
  BOOST_TEST(refusal(request) == "CHARGING_OFF");
}

BOOST_AUTO_TEST_CASE(an_erased_users_voucher_is_spent) {
  charge(by("v", 700));
  services->erase(user(1), 700, {"a", "user erase", "w"});
  claims = services->enter(user(1));
  BOOST_TEST(refusal(by("v", 700)) == "VOUCHER_INVALID");
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(of_one_voucher_in_8_sessions_at_once_one_is_applied_and_all_get_its_answer) {
  for (int round = 0; round < 5; ++round) {
    const ChargeRequest request = by("v" + std::to_string(round), 100);
    const std::string wanted = std::to_string(100 * (round + 1));
    const auto results = race(settings, 8, [&](Services& mine, int) {
      const StoredAnswer answer = mine.charge(claims, request);
      return answer.body != wanted ? 2 : answer.is_replayed ? 1 : 0;
    });
    BOOST_TEST(count_of(results, 0) == 1);
    BOOST_TEST(count_of(results, 1) == 7);
    BOOST_TEST(entries() == round + 1);
  }
  BOOST_TEST(services->breaches() == "");
}

// Their users' locks do not keep these apart: the unique key does.
BOOST_AUTO_TEST_CASE(of_8_users_vouchers_with_one_id_one_is_applied) {
  std::vector<TokenClaims> buyers;
  for (int i = 0; i < 8; ++i) buyers.push_back(services->enter(user(10 + i)));
  for (int round = 0; round < 5; ++round) {
    const std::string id = "v" + std::to_string(round);
    const auto results = race(settings, 8, [&](Services& mine, int i) {
      const UserId& buyer = buyers[static_cast<std::size_t>(i)].user;
      return status_of([&] {
        mine.charge(buyers[static_cast<std::size_t>(i)],
                    ChargeRequest{100, voucher_text(id, buyer.text(), 100), std::nullopt});
      });
    });
    BOOST_TEST(count_of(results, 0) == 1);
    BOOST_TEST(count_of(results, 403) == 7);
    BOOST_TEST(entries() == round + 1);
  }
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(of_two_vouchers_with_one_id_and_two_amounts_one_is_applied) {
  const auto results = race(settings, 8, [&](Services& mine, int i) {
    return status_of([&] { mine.charge(claims, by("v", i % 2 == 0 ? 100 : 200)); });
  });
  BOOST_TEST(count_of(results, 0) == 4);
  BOOST_TEST(count_of(results, 403) == 4);
  BOOST_TEST(entries() == 1);
  BOOST_TEST(services->breaches() == "");
}

// The twin of the race of 8 users: the entry of each is there where a look comes before the insert.
BOOST_AUTO_TEST_CASE(without_the_unique_key_one_id_is_applied_several_times) {
  OneDateToSpoil spoilt;
  spoilt.settings.charging = ChargingMode::voucher;
  spoilt.settings.charge_key = kPaymentSecret;
  spoilt.compose();
  spoilt.services->execute("ALTER TABLE voucher DROP PRIMARY KEY, ADD KEY voucher_jti (jti)");
  std::vector<TokenClaims> buyers;
  for (int i = 0; i < 8; ++i) buyers.push_back(spoilt.services->enter(user(10 + i)));
  BOOST_TEST(happens_within(20, [&] {
    spoilt.services->execute("DELETE FROM voucher");
    race(spoilt.settings, 8, [&](Services& mine, int i) {
      const TokenClaims& buyer = buyers[static_cast<std::size_t>(i)];
      return status_of([&] {
        mine.charge(buyer, ChargeRequest{100, voucher_text("v", buyer.user.text(), 100), {}});
      });
    });
    return spoilt.services->number("SELECT COUNT(*) FROM voucher") > 1;
  }));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
