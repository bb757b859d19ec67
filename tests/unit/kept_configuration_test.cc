#include "settings/kept_configuration.h"

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/settings_source.h"
#include "support/files.h"
#include "support/process.h"

namespace concert {
namespace {

namespace fs = std::filesystem;

// A job with a state directory after a good run with admit_per_pass = 5.
struct JobWithACopy {
  JobWithACopy() {
    for (const char* name : {"CONCERT_DATABASE_URL", "CONCERT_TOKEN_KEY_FILE",
                             "CONCERT_ACTIVE_LIMIT", "CREDENTIALS_DIRECTORY"})
      ::unsetenv(name);
    fs::create_directory(state);
    fs::create_directory(folder.path() + "/secrets");
    put(key, std::string(32, 'k'));
    put(account, "mysql://secret:hush@/concert?socket=/nowhere\n");
    write(good);
    BOOST_TEST(read().admit_per_pass == 5);
  }
  ~JobWithACopy() {
    ::unsetenv("CONCERT_ACTIVE_LIMIT");
    ::unsetenv("CONCERT_TOKEN_KEY_FILE");
  }
  JobWithACopy(const JobWithACopy&) = delete;
  JobWithACopy& operator=(const JobWithACopy&) = delete;

  static void put(const std::string& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
  }
  void write(const std::string& text) const { put(file, text); }

  // One run; `refusal` says what it found wrong with the file.
  Settings read(const std::function<void()>& settle = [] {}) {
    KeptConfiguration kept(state, file, "concert-cron");
    const Settings settings = kept.read(settle);
    refusal = kept.refusal();
    return settings;
  }
  std::string copy() const { return test::text_of(state + "/concert.conf"); }

  test::ScratchFolder folder;
  std::string file = folder.path() + "/concert.conf";
  std::string key = folder.path() + "/token.key";
  std::string account = folder.path() + "/secrets/concert-cron.database_url";
  std::string state = folder.path() + "/state";
  std::string good = fmt::format(
      "# of the sale\nadmit_per_pass = 5\nactive_limit = 2100\ntoken_key_file = {}\n"
      "memcached_servers = cache1:11211\nhold_seconds = 77\n",
      key);
  std::string refusal;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(kept_configuration_test, JobWithACopy)

BOOST_AUTO_TEST_CASE(a_mistake_in_the_file_leaves_the_last_good_configuration_in_force) {
  write(good + "activ_limit = 3\n");
  const Settings settings = read();
  BOOST_TEST(settings.admit_per_pass == 5);
  BOOST_TEST(settings.active_limit == 2100);
  BOOST_TEST(settings.memcached_servers == "cache1:11211");
  BOOST_TEST(refusal.find(file + ":7: unknown key `activ_limit`") != std::string::npos, refusal);
  BOOST_TEST(KeptConfiguration::last_refusal(state) == refusal);
  write(good + "seat_limit = 3\n");
  BOOST_TEST(read().seat_limit == 3);
  BOOST_TEST(refusal == "");
  BOOST_TEST(KeptConfiguration::last_refusal(state) == "");
  // The next mistake leaves these values in force.
  write("nonsense");
  BOOST_TEST(read().seat_limit == 3);
}

BOOST_AUTO_TEST_CASE(a_missing_or_unreadable_file_counts_as_a_mistake) {
  fs::remove(file);
  BOOST_TEST(read().admit_per_pass == 5);
  BOOST_TEST(refusal.find("cannot read the configuration file " + file) == 0U, refusal);
  fs::create_directory(file);
  BOOST_TEST(read().admit_per_pass == 5);
}

// The writer goes on while the job reads, from any point, also from the end of a line. A file that
// lacks only the last newline says the same as the copy.
BOOST_AUTO_TEST_CASE(a_half_saved_file_is_not_used) {
  for (std::size_t length = 0; length < good.size() - 1; ++length) {
    write(good.substr(0, length));
    const Settings settings = read([&] { write(good); });
    BOOST_TEST(settings.admit_per_pass == 5, length);
    BOOST_TEST(settings.active_limit == 2100, length);
    BOOST_TEST(settings.memcached_servers == "cache1:11211", length);
    BOOST_TEST(settings.hold_seconds == 77, length);
    BOOST_TEST(refusal != "", length);
  }
  write(good);
  BOOST_TEST(read().hold_seconds == 77);
  BOOST_TEST(refusal == "");
}

// A full disk leaves such a file.
BOOST_AUTO_TEST_CASE(a_file_that_was_cut_within_a_line_stays_refused) {
  for (const std::size_t length : {std::size_t{0}, good.find("100\n"), good.size() - 2}) {
    write(good.substr(0, length));
    const Settings settings = read();
    BOOST_TEST(settings.active_limit == 2100, length);
    BOOST_TEST(settings.hold_seconds == 77, length);
    BOOST_TEST(refusal != "", length);
  }
}

BOOST_AUTO_TEST_CASE(removed_lines_are_no_mistake) {
  write("# all defaults but for\ntoken_key_file = " + key + "\n");
  BOOST_TEST(read().admit_per_pass == 952);
  BOOST_TEST(refusal == "");
}

BOOST_AUTO_TEST_CASE(the_copy_has_no_secret_and_is_readable_only_by_its_owner) {
  write("# database_url = mysql://old:hushhush@db1/concert\n" + good +
        "database_url = mysql://u:hushhush@db1/concert\n; hushhush\nworkers = 3 # hushhush\n");
  BOOST_TEST(read().workers == 3);
  BOOST_TEST(copy().find("workers = 3\n") != std::string::npos, copy());
  for (const auto& entry : fs::directory_iterator(state)) {
    BOOST_TEST(test::text_of(entry.path()).find("hushhush") == std::string::npos, entry.path());
    BOOST_TEST(test::text_of(entry.path()).find(std::string(32, 'k')) == std::string::npos);
    BOOST_TEST((fs::status(entry.path()).permissions() == static_cast<fs::perms>(0600)));
  }
}

BOOST_AUTO_TEST_CASE(an_account_in_the_file_is_used_if_its_line_is_complete) {
  const std::string url = "database_url = mysql://line:hush@db1/concert";
  write(good + url + "\n");
  BOOST_TEST(read().database.user == "line");
  write(url + "\n" + good + "nonsense\n");
  BOOST_TEST(read().database.user == "line");
  BOOST_TEST(refusal.find("hush") == std::string::npos, refusal);
  // A line that is cut short might name another database, so the secret is used.
  write(url.substr(0, url.size() - 3));
  BOOST_TEST(read().database.user == "secret");
  fs::remove(account);
  BOOST_CHECK_THROW(read(), ConfigurationError);
}

BOOST_AUTO_TEST_CASE(a_bad_account_in_the_file_leaves_the_secret_in_force) {
  write(good + "database_url = mysql://x:hush@h:99999/n\n");
  const Settings settings = read();
  BOOST_TEST(settings.admit_per_pass == 5);
  BOOST_TEST(settings.database.user == "secret");
  BOOST_TEST(refusal.find(":7: `database_url`") != std::string::npos, refusal);
  BOOST_TEST(refusal.find("hush") == std::string::npos, refusal);
  BOOST_TEST(KeptConfiguration::last_refusal(state) == refusal);
  // A wrong environment is no mistake in that line.
  ::setenv("CONCERT_ACTIVE_LIMIT", "none", 1);
  BOOST_CHECK_THROW(read(), ConfigurationError);
}

// Otherwise the doctor would report that this run used the copy, for the reason of an earlier one.
BOOST_AUTO_TEST_CASE(a_run_that_fails_leaves_no_refusal) {
  const auto go_on_with_the_copy = [&] {
    write(good + "nonsense\n");
    read();
    BOOST_TEST(KeptConfiguration::last_refusal(state) != "");
  };
  go_on_with_the_copy();
  fs::remove(account);
  write(good + "nonsense\ndatabase_url = mysql://x:hush@h:99999/n\n");
  BOOST_CHECK_THROW(read(), ConfigurationError);
  BOOST_TEST(KeptConfiguration::last_refusal(state) == "");
  put(account, "mysql://secret:hush@/concert?socket=/nowhere\n");
  go_on_with_the_copy();
  fs::remove(state + "/concert.conf");
  BOOST_CHECK_THROW(read(), ConfigurationError);
  BOOST_TEST(KeptConfiguration::last_refusal(state) == "");
}

// The copy has no account, and a line that is cut short may still name a database.
BOOST_AUTO_TEST_CASE(a_half_saved_account_is_not_used) {
  const std::string whole = good + "database_url = mysql://line:hush@db1/concert_of_the_sale\n";
  const std::string cut = whole.substr(0, whole.rfind("_of"));
  write(cut);
  BOOST_TEST(read([&] { write(whole); }).database.database == "concert_of_the_sale");
  BOOST_TEST(refusal.find("the file is being written") != std::string::npos, refusal);
  BOOST_TEST(read().database.database == "concert_of_the_sale");
  BOOST_TEST(refusal == "");
  // A file that stays so is used.
  write(cut);
  BOOST_TEST(read().database.database == "concert");
  BOOST_TEST(refusal == "");
}

// Missing lines would be read as their defaults.
BOOST_AUTO_TEST_CASE(a_copy_that_is_cut_short_is_not_used) {
  const std::string whole = copy();
  for (std::size_t length = 0; length < whole.size(); ++length) {
    write("nonsense\n");
    put(state + "/concert.conf", whole.substr(0, length));
    BOOST_CHECK_THROW(read(), ConfigurationError);
  }
  write(good);
  BOOST_TEST(read().admit_per_pass == 5);
  BOOST_TEST(copy() == whole);
}

BOOST_AUTO_TEST_CASE(a_wrong_environment_and_a_missing_copy_are_errors) {
  ::setenv("CONCERT_ACTIVE_LIMIT", "none", 1);
  BOOST_CHECK_EXCEPTION(read(), ConfigurationError, [](const ConfigurationError& error) {
    return std::string(error.what()).find("the copy") == std::string::npos;
  });
  write("nonsense\n");
  BOOST_CHECK_THROW(read(), ConfigurationError);
  ::unsetenv("CONCERT_ACTIVE_LIMIT");
  BOOST_TEST(read().admit_per_pass == 5);
  fs::remove(state + "/concert.conf");
  BOOST_CHECK_THROW(read(), ConfigurationError);
  KeptConfiguration without("", file, "concert-cron");
  BOOST_CHECK_THROW(without.read(), ConfigurationError);
}

// A key is replaced or lost while concertd runs with the one that it has read.
BOOST_AUTO_TEST_CASE(a_key_that_the_job_does_not_use_does_not_stop_it) {
  put(key, "");
  BOOST_TEST(read().admit_per_pass == 5);
  BOOST_TEST(refusal.find("`token_key_file` is a key of fewer than 32 bytes") != std::string::npos,
             refusal);
  ::setenv("CONCERT_TOKEN_KEY_FILE", key.c_str(), 1);
  BOOST_CHECK_THROW(read(), ConfigurationError);
}

BOOST_AUTO_TEST_CASE(a_folder_that_cannot_be_written_stops_nothing) {
  KeptConfiguration kept("/dev/null", file, "concert-cron");
  BOOST_TEST(kept.read([] {}).admit_per_pass == 5);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
