#include "store/session/failure.h"

#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <string>

#include "base/command_line.h"
#include "store/session/errors.h"
#include "store/session/schema.h"

namespace concert {

BOOST_AUTO_TEST_SUITE(failure_test)

BOOST_AUTO_TEST_CASE(each_failure_has_one_status_and_one_exit_code) {
  const auto is = [](const std::exception& error, int status, const std::string& code, int exit) {
    const Failure& failure = failure_of(error);
    BOOST_TEST(failure.status == status, error.what());
    BOOST_TEST(failure.code == code, error.what());
    BOOST_TEST(failure.exit_code == exit, error.what());
  };
  is(Busy("busy"), 503, "BUSY", kExitTryAgain);
  is(RetryTransaction("deadlock"), 503, "BUSY", kExitTryAgain);
  is(TableInUse("in use"), 503, "BUSY", kExitTryAgain);
  is(DatabaseUnavailable("away"), 503, "DATABASE_UNAVAILABLE", kExitTryAgain);
  is(OutcomeUnknown("unknown"), 503, "DATABASE_UNAVAILABLE", kExitTryAgain);
  is(SchemaUnfit("unfit"), 503, "DATABASE_UNAVAILABLE", kExitRefused);
  is(RightMissing("denied", ""), 500, "INTERNAL_ERROR", kExitRefused);
  is(DatabaseError("error"), 500, "INTERNAL_ERROR", kExitRefused);
  is(std::logic_error("bug"), 500, "INTERNAL_ERROR", kExitRefused);
}

BOOST_AUTO_TEST_CASE(only_a_failure_that_passes_by_itself_is_a_warning) {
  BOOST_TEST(failure_of(Busy("x")).passes);
  BOOST_TEST(!failure_of(OutcomeUnknown("x")).passes);
  BOOST_TEST(!failure_of(DatabaseUnavailable("x")).passes);
  BOOST_TEST(!failure_of(SchemaUnfit("x")).passes);
  BOOST_TEST(!failure_of(std::logic_error("x")).passes);
}

BOOST_AUTO_TEST_CASE(a_message_has_the_meaning_the_cause_and_the_advice) {
  BOOST_TEST(message_of(SchemaUnfit("no table x")) ==
             "the schema is not the one that this program needs: no table x. "
             "Run: concertctl migrate");
  BOOST_TEST(message_of(Busy("the row is locked")) == "the row is locked. Try again.");
}

BOOST_AUTO_TEST_CASE(a_client_is_told_whether_its_change_was_made) {
  BOOST_TEST(failure_of(Busy("x")).detail.find("nothing was done") != std::string_view::npos);
  BOOST_TEST(failure_of(OutcomeUnknown("x")).detail.find("whole or not at all") !=
             std::string_view::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
