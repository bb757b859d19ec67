#include "service/sale/ticket_code.h"

#include <boost/test/unit_test.hpp>

#include "support/base64url.h"
#include "support/ticket_key.h"

namespace concert {
namespace {

const TicketKey kSigner{test::kTicketKey};
const TicketClaims kSeatThree{ticket_of({ReservationId{12}, 3}), DateId{7}, 3};

// A payload that our key signed all the same.
std::string signed_text(const std::string& payload) {
  const std::string text = test::base64url(payload);
  return text + "." + test::base64url(kSigner.sign(text));
}

bool is_read(const std::string& code) { return read_ticket_code(kSigner, code).has_value(); }

}  // namespace

BOOST_AUTO_TEST_SUITE(ticket_code_test)

BOOST_AUTO_TEST_CASE(a_code_is_a_payload_and_its_signature) {
  const std::string code = ticket_code(kSigner, kSeatThree);
  const auto dot = code.find('.');
  BOOST_REQUIRE(dot != std::string::npos);
  BOOST_TEST(test::from_base64url(code.substr(0, dot)) == R"({"v":1,"t":786435,"d":7,"s":3})");
  BOOST_TEST(kSigner.has_signed(code.substr(0, dot), test::from_base64url(code.substr(dot + 1))));
  BOOST_CHECK(read_ticket_code(kSigner, code) == kSeatThree);
  BOOST_TEST(ticket_code(kSigner, kSeatThree) == code);
}

BOOST_AUTO_TEST_CASE(whatever_is_altered_is_refused) {
  const std::string code = ticket_code(kSigner, kSeatThree);
  for (std::size_t at = 0; at < code.size(); ++at) {
    for (const char other :
         std::string("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+ ")) {
      std::string altered = code;
      altered[at] = other;
      BOOST_TEST(is_read(altered) == (altered == code), altered);
    }
    BOOST_TEST(!is_read(code.substr(0, at)), at);
    BOOST_TEST(!is_read(std::string(code).insert(at, "A")), at);
  }
  for (const char* more : {"A", "=", "==", ".", ".e30", "\n", " "}) {
    BOOST_TEST(!is_read(code + more), more);
    BOOST_TEST(!is_read(more + code), more);
  }
  BOOST_TEST(!is_read(""));
  BOOST_TEST(!is_read("."));
  BOOST_TEST(!is_read(std::string(1'000'000, 'A') + "." + std::string(86, 'A')));
}

BOOST_AUTO_TEST_CASE(a_code_of_another_key_is_refused) {
  BOOST_TEST(!is_read(ticket_code(TicketKey(test::kOtherTicketKey), kSeatThree)));
  const std::string mine = ticket_code(kSigner, kSeatThree);
  const std::string other = ticket_code(kSigner, {kSeatThree.ticket, kSeatThree.date, 4});
  BOOST_TEST(!is_read(mine.substr(0, mine.find('.')) + other.substr(other.find('.'))));
}

BOOST_AUTO_TEST_CASE(what_is_signed_in_another_form_is_no_ticket) {
  BOOST_TEST(is_read(signed_text(R"({"v":1,"t":786435,"d":7,"s":3})")));
  for (const char* payload :
       {R"({"v":2,"t":786435,"d":7,"s":3})", R"({"v":1, "t":786435,"d":7,"s":3})",
        R"({"t":786435,"v":1,"d":7,"s":3})", R"({"v":1,"t":0786435,"d":7,"s":3})",
        R"({"v":1,"t":786435.0,"d":7,"s":3})", R"({"v":1,"t":786435,"d":7,"s":3,"x":1})",
        R"({"v":1,"t":786435,"d":7,"s":3} )", R"({"v":1,"t":786435,"d":7})",
        R"({"v":1,"t":99999999999999999999,"d":7,"s":3})", "{}", "", "null"})
    BOOST_TEST(!is_read(signed_text(payload)), payload);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
