// SECURITY.md names the test of each defence: so they must be there.
#include <boost/test/unit_test.hpp>
#include <regex>
#include <set>
#include <sstream>

#include "support/files.h"

namespace concert {
namespace {

const std::regex& suite_name() {
  static const std::regex name("`([a-z]+(?:/[a-z]+)?)/([a-z_]+_test)`");
  return name;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(security_document_test)

BOOST_AUTO_TEST_CASE(every_test_that_it_names_is_there) {
  const std::string document = test::source_text("SECURITY.md");
  std::set<std::string> named;
  for (std::sregex_iterator at(document.begin(), document.end(), suite_name()), end; at != end;
       ++at) {
    const std::string folder = (*at)[1];
    const std::string suite = (*at)[2];
    named.insert(suite);
    const std::string source = test::source_text("tests/" + folder + "/" + suite + ".cc");
    BOOST_TEST(source.find("TEST_SUITE(" + suite) != std::string::npos, folder << '/' << suite);
  }
  BOOST_TEST(named.size() > 20U);
}

BOOST_AUTO_TEST_CASE(every_threat_that_is_defended_has_a_test) {
  std::istringstream document(test::source_text("SECURITY.md"));
  const std::string heading = "| threat | defence | tests |";
  std::string line;
  while (std::getline(document, line) && line != heading) continue;
  BOOST_REQUIRE(line == heading);
  std::getline(document, line);  // of dashes
  int rows = 0;
  while (std::getline(document, line) && line.rfind('|', 0) == 0) {
    ++rows;
    const std::string tests = line.substr(line.rfind('|', line.size() - 2));
    BOOST_TEST(std::regex_search(tests, suite_name()), line);
  }
  BOOST_TEST(rows > 10);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
