#include "service/points/credit_user.h"

#include <boost/test/unit_test.hpp>

#include "support/race.h"

namespace concert::test {
namespace {

const AdminAction kCredit{"alice@web1", "user credit", "order 17"};

struct OneCredited : OneDateOfFiftySeats {
  OneCredited() { services->enter(user(1)); }
  Credit credit(int number, Points amount, const std::optional<std::string>& key = {}) {
    return credit_user(backend().db, settings, {user(number), amount, key}, kCredit);
  }
  // Why it is refused; empty if it is not.
  std::string refusal(int number, Points amount, const std::optional<std::string>& key = {}) {
    return change_refused([&] { credit(number, amount, key); });
  }
  std::int64_t entries() { return services->number("SELECT COUNT(*) FROM ledger_entry"); }
  std::int64_t recorded() { return services->number("SELECT COUNT(*) FROM admin_action"); }
};

bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(credit_user_test, OneCredited)

BOOST_AUTO_TEST_CASE(a_credit_is_an_entry_of_its_own_kind_and_is_recorded) {
  const Credit made = credit(1, 700);
  BOOST_TEST(!made.is_replayed);
  BOOST_TEST(made.entry.balance_after == 700);
  const LedgerEntry entry = backend().ledger.page(user(1), std::nullopt, 1).front();
  BOOST_CHECK(entry.kind == EntryKind::credit);
  BOOST_TEST(entry.amount == 700);
  BOOST_TEST(backend().ledger.has(entry));
  const RecordedAction action = backend().admin_actions.newest(1).front();
  BOOST_TEST(action.action.why == "order 17");
  BOOST_TEST(action.subject == R"({"amount":700,"entryId":1})");
  BOOST_TEST(services->breaches() == "");
}

// So a program of the previous release, which knows no CREDIT, reads and adds up the row.
BOOST_AUTO_TEST_CASE(a_credit_is_stored_as_a_charge_with_a_mark) {
  credit(1, 700);
  services->charge(services->enter(user(1)), 5);
  BOOST_TEST(services->text("SELECT GROUP_CONCAT(kind, is_credit ORDER BY entry_no) FROM "
                            "ledger_entry") == "CHARGE1,CHARGE0");
}

BOOST_AUTO_TEST_CASE(under_one_key_a_credit_is_made_once) {
  const Credit made = credit(1, 700, "order 17");
  credit(1, 5);
  const Credit again = credit(1, 700, "order 17");
  BOOST_TEST(again.is_replayed);
  BOOST_TEST(again.entry.number.value == made.entry.number.value);
  BOOST_TEST(again.entry.balance_after == 700);
  BOOST_TEST(again.entry.at.ms == made.entry.at.ms);
  BOOST_TEST(entries() == 2);
  BOOST_TEST(recorded() == 2);
  BOOST_TEST(says(backend().admin_actions.newest(2).back().subject, R"("key":"order 17")"));
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(a_key_is_for_one_user_and_one_amount) {
  services->enter(user(2));
  credit(1, 700, "k");
  BOOST_TEST(says(refusal(1, 701, "k"), "700 points to this user"));
  BOOST_TEST(says(refusal(2, 700, "k"), "700 points to another user"));
  BOOST_TEST(entries() == 1);
  BOOST_TEST(refusal(2, 700, "K") == "");
}

BOOST_AUTO_TEST_CASE(a_user_who_is_not_known_is_credited_nothing) {
  BOOST_TEST(says(refusal(9, 700, "k"), "there is no user " + user(9).text()));
  BOOST_TEST(services->number("SELECT COUNT(*) FROM user") == 1);
  BOOST_TEST(recorded() == 0);
}

BOOST_AUTO_TEST_CASE(the_limit_of_a_balance_holds_for_credits) {
  settings.balance_limit = 1000;
  credit(1, 700);
  BOOST_TEST(says(refusal(1, 301, "k"), "no room for 301 points"));
  BOOST_TEST(recorded() == 1);
  BOOST_TEST(refusal(1, 300, "k") == "");
  // What was done before needs no room.
  BOOST_TEST(credit(1, 300, "k").is_replayed);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(an_erased_users_key_is_used_up) {
  credit(1, 700, "k");
  services->erase(user(1), 700, kCredit);
  BOOST_TEST(says(refusal(1, 700, "k"), "there is no user"));
  services->enter(user(1));
  BOOST_TEST(says(refusal(1, 700, "k"), "another user"));
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(of_8_credits_with_one_key_at_once_one_is_made) {
  for (int i = 0; i < 4; ++i) services->enter(user(10 + i));
  const auto of_one = race(settings, 8, [&](Services& mine, int) {
    const Credit made =
        credit_user(mine.stores.db, settings, {user(1), 100, std::string("k")}, kCredit);
    return made.entry.balance_after != 100 ? 2 : made.is_replayed ? 1 : 0;
  });
  BOOST_TEST(count_of(of_one, 0) == 1);
  BOOST_TEST(count_of(of_one, 1) == 7);
  const auto of_four = race(settings, 8, [&](Services& mine, int i) {
    try {
      credit_user(mine.stores.db, settings, {user(10 + i % 4), 100, std::string("l")}, kCredit);
      return 0;
    } catch (const ChangeRefused&) {
      return 1;
    }
  });
  BOOST_TEST(count_of(of_four, 0) == 2);
  BOOST_TEST(count_of(of_four, 1) == 6);
  BOOST_TEST(entries() == 2);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
