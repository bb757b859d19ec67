#include <boost/test/unit_test.hpp>

#include "support/one_date.h"

namespace concert::test {

BOOST_FIXTURE_TEST_SUITE(user_store_test, OneDateOfFiftySeats)

BOOST_AUTO_TEST_CASE(a_balance_that_is_not_as_it_was_read_is_not_moved) {
  UserStore& users = backend().users;
  users.ensure(user(1));
  const Account before = *users.account(user(1));
  BOOST_TEST(users.move_balance(user(1), before, 700));
  BOOST_TEST(!users.move_balance(user(1), before, 700));
  const Account same_balance{700, before.entry_count};
  BOOST_TEST(!users.move_balance(user(1), same_balance, -700));
  const Account now = *users.account(user(1));
  BOOST_TEST(now.balance == 700);
  BOOST_TEST(!users.move_balance(user(1), now, -701));
  BOOST_TEST(users.move_balance(user(1), now, -700));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
