#include "base/settings_source.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <fstream>

#include "support/process.h"

namespace concert {
namespace {

struct ConfigurationFile {
  ConfigurationFile() : path(folder.path() + "/concert.conf") {}
  ~ConfigurationFile() {
    for (const char* name :
         {"CONCERT_SEATS", "CONCERT_MODE", "CONCERT_PLACE", "CONCERT_UNHEARD_OF"})
      ::unsetenv(name);
  }
  ConfigurationFile(const ConfigurationFile&) = delete;
  ConfigurationFile& operator=(const ConfigurationFile&) = delete;

  SettingsSource read(const std::string& text) const {
    std::ofstream(path) << text;
    SettingsSource source(path, {{"seats", "4"}, {"mode", "open"}, {"place", ""}});
    source.mistakes().throw_if_any();
    return source;
  }
  // The text of the ConfigurationError of `call`; empty if there is none.
  template <class Call>
  static std::string complaint(Call call) {
    try {
      call();
      return "";
    } catch (const ConfigurationError& error) {
      return error.what();
    }
  }

  test::ScratchFolder folder;
  std::string path;
};

bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(settings_source_test, ConfigurationFile)

BOOST_AUTO_TEST_CASE(a_key_that_is_not_given_has_its_default) {
  const SettingsSource source = read("# a comment\n ; another = 1\nseats = 9\n");
  BOOST_TEST(source.number("seats", 1, 100) == 9);
  BOOST_TEST(source.text("mode") == "open");
  BOOST_TEST(source.origin("mode") == path);
  BOOST_TEST(source.origin("seats") == path + ":3");
}

BOOST_AUTO_TEST_CASE(the_environment_beats_the_file) {
  ::setenv("CONCERT_SEATS", "12", 1);
  const SettingsSource source = read("seats = 9\n");
  BOOST_TEST(source.number("seats", 1, 100) == 12);
  BOOST_TEST(source.origin("seats") == "environment variable CONCERT_SEATS");
}

BOOST_AUTO_TEST_CASE(an_empty_environment_value_beats_the_file_too) {
  ::setenv("CONCERT_PLACE", "", 1);
  BOOST_TEST(read("place = here\n").text("place").empty());
}

BOOST_AUTO_TEST_CASE(an_empty_value_in_the_file_is_a_value) {
  BOOST_TEST(read("mode =\n").text("mode").empty());
}

BOOST_AUTO_TEST_CASE(unknown_names_in_the_environment_are_ignored) {
  ::setenv("CONCERT_UNHEARD_OF", "1", 1);
  BOOST_TEST(complaint([&] { read(""); }).empty());
}

BOOST_AUTO_TEST_CASE(an_unknown_key_in_the_file_is_named) {
  BOOST_TEST(says(complaint([&] { read("seets = 9\n"); }), "`seets`"));
  BOOST_TEST(says(complaint([&] { read("\nmood = open\n"); }), path + ":2"));
  BOOST_TEST(says(complaint([&] { read("mood = open\n"); }), "Did you mean `mode`?"));
  BOOST_TEST(says(complaint([&] { read("unheard_of = 9\n"); }), "Remove it."));
}

BOOST_AUTO_TEST_CASE(a_key_given_twice_is_named) {
  BOOST_TEST(says(complaint([&] { read("seats = 9\nseats = 9\n"); }), "`seats` is given twice"));
}

BOOST_AUTO_TEST_CASE(every_mistake_is_reported_with_its_line) {
  const std::string all = complaint([&] { read("seets = 9\nmode = open\nmode\nmode = jwt\n"); });
  BOOST_TEST(std::count(all.begin(), all.end(), '\n') == 2);
  BOOST_TEST(says(all, path + ":1: unknown key `seets`"));
  BOOST_TEST(says(all, path + ":3: the line `mode...`"));
  BOOST_TEST(says(all, path + ":4: `mode` is given twice, first at " + path + ":2"));
}

BOOST_AUTO_TEST_CASE(ten_of_many_mistakes_are_named_and_the_rest_is_counted) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += fmt::format("unheard_of_{} = 1\n", i);
  const std::string all = complaint([&] { read(text); });
  BOOST_TEST(std::count(all.begin(), all.end(), '\n') == 10);
  BOOST_TEST(says(all, "`unheard_of_9`"));
  BOOST_TEST(!says(all, "`unheard_of_10`"));
  BOOST_TEST(says(all, "\nand 990 more."));
}

BOOST_AUTO_TEST_CASE(a_line_that_is_no_setting_is_refused) {
  for (const char* line : {"seats\n", "[section]\n", "seats 9 = 9\n"}) {
    BOOST_TEST(says(complaint([&] { read(line); }), "does not read `key = value`"), line);
  }
}

BOOST_AUTO_TEST_CASE(a_number_is_whole_and_within_its_range) {
  for (const char* given :
       {"", "x", "1.5", "1 2", "-1", "0", "101", "99999999999999999999", "0x10", "+5"}) {
    const SettingsSource source = read(std::string("seats = ") + given + "\n");
    const std::string complained = complaint([&] { source.number("seats", 1, 100); });
    BOOST_TEST(says(complained, "`seats` must be a whole number from 1 to 100"), given);
    BOOST_TEST(says(complained, path), given);
  }
}

BOOST_AUTO_TEST_CASE(a_word_is_one_of_the_allowed_words) {
  BOOST_TEST(read("mode = jwt\n").word("mode", {"open", "jwt"}) == "jwt");
  const SettingsSource source = read("mode = OPEN\n");
  BOOST_TEST(says(complaint([&] {
                    source.word("mode", {"open", "jwt"});
                  }),
                  "`mode` must be one of: open, jwt"));
}

BOOST_AUTO_TEST_CASE(a_missing_file_is_named) {
  const std::string complained = complaint([&] { SettingsSource(folder.path() + "/absent", {}); });
  BOOST_TEST(says(complained, folder.path() + "/absent"));
  BOOST_TEST(says(complained, "--config"));
}

BOOST_AUTO_TEST_CASE(a_folder_is_no_file) {
  const std::string complained = complaint([&] { SettingsSource(folder.path(), {}); });
  BOOST_TEST(says(complained, folder.path()));
  BOOST_TEST(says(complained, "--config"));
  std::ofstream(path) << "";
  BOOST_TEST(complaint([&] { SettingsSource(path, {}); }) == "");
}

// A pipe that nobody writes to would stop a pass of concert-cron for good.
BOOST_AUTO_TEST_CASE(a_pipe_is_no_file_and_is_not_waited_for) {
  const auto refused = [&](const std::string& file) {
    const std::string complained = complaint([&] { read_configuration(file); });
    BOOST_REQUIRE_MESSAGE(says(complained, file + ": it is a pipe, not a file"), complained);
    BOOST_CHECK_EXCEPTION(read_key_file(file), std::runtime_error,
                          [&](const auto& error) { return says(error.what(), "it is a pipe"); });
  };
  std::array<int, 2> ends{};
  BOOST_REQUIRE(::pipe(ends.data()) == 0);
  ::close(ends[1]);
  refused(fmt::format("/dev/fd/{}", ends[0]));
  ::close(ends[0]);
  BOOST_REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  refused(path);
  BOOST_TEST(has_secret(path));  // so it is read, and refused, not taken for absent
  BOOST_TEST(has_secret(folder.path()));
}

BOOST_AUTO_TEST_CASE(a_key_is_the_bytes_of_its_file_without_one_trailing_newline) {
  std::ofstream(path) << "secret\n\n";
  BOOST_TEST(read_key_file(path) == "secret\n");
  std::ofstream(path) << "secret";
  BOOST_TEST(read_key_file(path) == "secret");
}

BOOST_AUTO_TEST_CASE(an_unreadable_key_file_is_named) {
  try {
    read_key_file(folder.path() + "/absent");
    BOOST_ERROR("read what is not there");
  } catch (const std::runtime_error& error) {
    BOOST_TEST(says(error.what(), folder.path() + "/absent"));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
