#include "ctl/commands/command.h"

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <map>

namespace concert {
namespace {

// Who is recorded for a change made through a sudo that names its caller so, without the host.
std::string recorded_of(const std::string& sudo_user) {
  ::setenv("SUDO_USER", sudo_user.c_str(), 1);
  const std::string who = action_of({}).who;
  ::unsetenv("SUDO_USER");
  return who.substr(0, who.find('@'));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(command_test)

// The command line is read so.
BOOST_AUTO_TEST_CASE(an_option_takes_a_value_in_every_command_or_in_none) {
  std::map<std::string, bool> takes_value{{"config", true}, {"json", false}};
  for (const Command& command : commands()) {
    for (const CommandOption& option : options_of(command)) {
      const bool takes = !option.value.empty();
      BOOST_TEST(takes_value.try_emplace(option.name, takes).first->second == takes, option.name);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_change_names_the_caller_of_sudo) {
  BOOST_TEST(recorded_of("alice") == "alice");
  BOOST_TEST(recorded_of("J\xC3\xBCrgen") == "J\xC3\xBCrgen");
}

BOOST_AUTO_TEST_CASE(a_caller_of_sudo_that_is_no_name_on_one_line_is_not_recorded) {
  const std::string own = recorded_of("");
  BOOST_TEST(!own.empty());
  for (const char* name : {"alice\nmallory", "alice\x1B[2K", "alice\xC2\x85", "ecila\xE2\x80\xAE",
                           "alice\xE2\x80\xA8", "alice\xFF"})
    BOOST_TEST(recorded_of(name) == own, name);
  BOOST_TEST(recorded_of(std::string(101, 'a')) == own);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
