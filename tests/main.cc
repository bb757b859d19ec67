#define BOOST_TEST_MODULE concert_reservation
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

// What the caller has set for another stack must not reach the programs under test.
struct NoSettingsOfTheCaller {
  NoSettingsOfTheCaller() {
    std::vector<std::string> names;
    for (char** entry = environ; *entry != nullptr; ++entry) {
      const std::string_view text(*entry);
      if (text.starts_with("CONCERT_")) names.emplace_back(text.substr(0, text.find('=')));
    }
    for (const std::string& name : names) ::unsetenv(name.c_str());
  }
};

}  // namespace

BOOST_TEST_GLOBAL_CONFIGURATION(NoSettingsOfTheCaller);
