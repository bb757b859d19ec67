// SECURITY.md names the test of each defence: so they must be there.
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

namespace concert {
namespace {

std::string text_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(CONCERT_SOURCE_DIR "/" + path).rdbuf();
  return text.str();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(security_document_test)

BOOST_AUTO_TEST_CASE(every_test_that_it_names_is_there) {
  const std::string document = text_of("SECURITY.md");
  const std::regex name("`([a-z]+)/([a-z_]+_test)`");
  std::set<std::string> named;
  for (std::sregex_iterator at(document.begin(), document.end(), name), end; at != end; ++at) {
    const std::string folder = (*at)[1];
    const std::string suite = (*at)[2];
    named.insert(suite);
    const std::string source = text_of("tests/" + folder + "/" + suite + ".cc");
    BOOST_TEST(source.find("TEST_SUITE(" + suite) != std::string::npos, folder << '/' << suite);
  }
  BOOST_TEST(named.size() > 20U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
