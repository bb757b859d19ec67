#include <boost/test/unit_test.hpp>

#include "domain/check.h"
#include "domain/idempotency.h"
#include "domain/points.h"

namespace concert {

BOOST_AUTO_TEST_SUITE(ledger_test)

BOOST_AUTO_TEST_CASE(each_kind_makes_the_round_trip_as_text) {
  for (const auto kind :
       {EntryKind::charge, EntryKind::payment, EntryKind::refund, EntryKind::credit}) {
    BOOST_CHECK(entry_kind(to_text(kind)) == kind);
  }
  BOOST_TEST(to_text(EntryKind::charge) == "CHARGE");
  BOOST_CHECK_THROW(entry_kind("charge"), Bug);
}

BOOST_AUTO_TEST_CASE(each_idempotent_route_has_its_word) {
  BOOST_TEST(to_text(IdempotentRoute::charge) == "CHARGE");
  BOOST_TEST(to_text(IdempotentRoute::reservation) == "RESERVATION");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
