#include "draw/host_draws.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <filesystem>
#include <functional>

#include "base/descriptor.h"
#include "support/files.h"
#include "support/logs.h"
#include "support/process.h"

namespace concert {
namespace {

constexpr QueueId kDrawnQueue{7};
constexpr std::size_t kHeaderBytes = 64;

// A folder of draws, and the draw of 500 entries of queue 7.
struct DrawFolder {
  std::string file() const { return folder.path() + "/draw-7"; }

  // What a new process logs that asks for the draw once. Its places must be right.
  std::string log_of_asking_for(const DrawInput& wanted, std::int64_t timeout_ms = 60'000) const {
    bool is_right = false;
    std::string log = test::logged_by([&] {
      HostDraws draws(folder.path(), timeout_ms);
      is_right = draws.of(kDrawnQueue, wanted).bytes() == Draw(wanted).bytes();
    });
    BOOST_TEST(is_right);
    return log;
  }

  // Whether a new process finds the draw in the file, and whether it must compute it and can keep
  // it there.
  bool is_kept() const { return log_of_asking_for(input).empty(); }
  bool is_replaced() const {
    const std::string log = log_of_asking_for(input);
    return test::log_lines(log).size() == 1 && test::occurrences(log, "drew queue 7 ") == 1;
  }
  // Whether a new process can only warn, and compute it for itself.
  bool is_own(std::int64_t timeout_ms = 60'000) const {
    const std::string log = log_of_asking_for(input, timeout_ms);
    return test::log_lines(log).size() == 1 &&
           test::occurrences(log, "cannot share the draw of queue 7 ") == 1;
  }

  void change_bytes(const std::function<void(std::string&)>& change) const {
    std::string bytes = test::text_of(file());
    change(bytes);
    test::write_text(file(), bytes);
  }

  test::ScratchFolder folder;
  DrawInput input{std::string(kSeedBytes, 's'), "x", 500};
};

bool has_mapped(const std::string& file) {
  return test::occurrences(test::text_of("/proc/self/maps"), file + "\n") == 1;
}

// Changes a number of a file that may be in use; the numbers begin after the header.
void write_number(const std::string& file, std::size_t index, std::uint32_t number) {
  const Descriptor opened(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
  const auto offset = static_cast<off_t>(kHeaderBytes + index * sizeof number);
  BOOST_REQUIRE(::pwrite(opened.get(), &number, sizeof number, offset) == sizeof number);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(host_draws_test, DrawFolder)

BOOST_AUTO_TEST_CASE(the_first_process_computes_a_draw_and_all_map_it) {
  BOOST_TEST(is_replaced());
  BOOST_TEST(is_kept());
  HostDraws draws(folder.path());
  BOOST_TEST(!has_mapped(file()));
  const Draw& draw = draws.of(kDrawnQueue, input);
  BOOST_TEST(has_mapped(file()));
  BOOST_TEST(draw.entry_at(draw.place_of(123)) == 123);
  BOOST_TEST(!std::filesystem::exists(file() + ".new"));
  BOOST_TEST(std::filesystem::file_size(file()) == kHeaderBytes + 8 * 500);
}

BOOST_AUTO_TEST_CASE(a_process_looks_at_the_file_once) {
  HostDraws draws(folder.path());
  test::logged_by([&] { draws.of(kDrawnQueue, input); });
  const char* const memory = draws.of(kDrawnQueue, input).bytes().data();
  std::filesystem::remove(file());
  BOOST_TEST(test::logged_by([&] { draws.of(kDrawnQueue, input); }).empty());
  BOOST_TEST((draws.of(kDrawnQueue, input).bytes().data() == memory));
}

BOOST_AUTO_TEST_CASE(processes_that_need_it_at_once_compute_it_once) {
  constexpr int kProcesses = 4;
  input.entries = 200'000;
  std::vector<int> results;
  const std::string log = test::logged_by([&] {
    results = test::in_parallel(kProcesses, [&](int) {
      HostDraws draws(folder.path(), 120'000);
      const Draw& draw = draws.of(kDrawnQueue, input);
      return has_mapped(file()) && draw.is_whole() ? 1 : 0;
    });
  });
  BOOST_TEST(results == std::vector<int>(kProcesses, 1), boost::test_tools::per_element());
  BOOST_TEST(test::log_lines(log).size() == 1U, log);
  BOOST_TEST(test::occurrences(log, "drew queue 7 ") == 1, log);
}

BOOST_AUTO_TEST_CASE(a_file_has_neither_the_seed_nor_the_key) {
  BOOST_TEST(is_replaced());
  const std::string bytes = test::text_of(file());
  const Digest key = draw_key(input);
  BOOST_TEST(bytes.find(input.seed) == std::string::npos);
  BOOST_TEST(bytes.find(bytes_of(key)) == std::string::npos);
  BOOST_TEST(bytes.find(bytes_of(sha256({bytes_of(key)}))) == 16U);
}

BOOST_AUTO_TEST_CASE(each_queue_has_its_own_draw_and_a_new_input_a_new_one) {
  HostDraws draws(folder.path());
  const DrawInput other{input.seed, "y", 500};
  test::logged_by([&] {
    const Draw& seventh = draws.of(kDrawnQueue, input);
    const Draw& eighth = draws.of(QueueId{8}, other);
    BOOST_TEST((seventh.bytes() == Draw(input).bytes()));
    BOOST_TEST((eighth.bytes() == Draw(other).bytes()));
    BOOST_TEST((draws.of(kDrawnQueue, other).bytes() == Draw(other).bytes()));
  });
  BOOST_TEST(has_mapped(folder.path() + "/draw-8"));
  BOOST_TEST(is_replaced());
}

BOOST_AUTO_TEST_CASE(draws_with_one_key_differ_by_their_number_of_entries) {
  const DrawInput twelve{input.seed, "x", 12}, two{input.seed, "x1", 2};
  BOOST_REQUIRE((draw_key(twelve) == draw_key(two)));
  HostDraws draws(folder.path());
  test::logged_by([&] {
    BOOST_TEST(draws.of(kDrawnQueue, twelve).entries() == 12);
    BOOST_TEST(draws.of(kDrawnQueue, two).entries() == 2);
    BOOST_TEST(HostDraws(folder.path()).of(kDrawnQueue, twelve).entries() == 12);
  });
}

BOOST_AUTO_TEST_CASE(a_draw_of_nobody_is_kept_too) {
  input.entries = 0;
  BOOST_TEST(is_replaced());
  BOOST_TEST(is_kept());
}

BOOST_AUTO_TEST_CASE(a_file_that_is_damaged_or_of_another_draw_is_replaced) {
  const auto set = [](std::size_t offset, char byte) {
    return [=](std::string& bytes) { bytes.at(offset) = byte; };
  };
  const std::vector<std::pair<std::string, std::function<void(std::string&)>>> damages{
      {"empty", [](std::string& bytes) { bytes.clear(); }},
      {"a part of the header", [](std::string& bytes) { bytes.resize(20); }},
      {"the header alone", [](std::string& bytes) { bytes.resize(kHeaderBytes); }},
      {"cut off", [](std::string& bytes) { bytes.pop_back(); }},
      {"too long", [](std::string& bytes) { bytes += '\0'; }},
      {"zeros", [](std::string& bytes) { bytes.assign(bytes.size(), '\0'); }},
      {"another magic", set(0, 'X')},
      {"another version", set(8, 99)},
      {"another number of entries", set(12, 99)},
      {"another key", set(16, static_cast<char>(~sha256({bytes_of(draw_key(input))})[0]))},
      {"the reserved bytes", set(63, 1)},
      {"a place beyond the last", set(kHeaderBytes + 3, 127)},
      {"no place", [](std::string& bytes) { bytes.replace(kHeaderBytes, 4, 4, '\0'); }},
      {"an entry beyond the last", set(kHeaderBytes + 4 * 500 + 3, 127)},
      {"a place twice",
       [](std::string& bytes) { bytes.replace(kHeaderBytes, 4, bytes, kHeaderBytes + 4, 4); }},
  };
  BOOST_TEST(is_replaced());
  for (const auto& [name, damage] : damages) {
    BOOST_TEST_CONTEXT(name) {
      change_bytes(damage);
      BOOST_TEST(is_replaced());
      BOOST_TEST(is_kept());
    }
  }
}

BOOST_AUTO_TEST_CASE(only_a_file_that_this_user_alone_can_read_counts) {
  BOOST_TEST(is_replaced());
  for (const mode_t mode : {0640U, 0604U, 0620U, 0700U, 04600U}) {
    BOOST_REQUIRE(::chmod(file().c_str(), mode) == 0);
    BOOST_TEST(is_replaced());
    BOOST_TEST(is_kept());
  }
  if (::geteuid() == 0) {
    BOOST_REQUIRE(::chown(file().c_str(), 65534, 65534) == 0);
    BOOST_TEST(is_replaced());
  }
  const std::string elsewhere = folder.path() + "/elsewhere";
  std::filesystem::rename(file(), elsewhere);
  std::filesystem::create_symlink(elsewhere, file());
  BOOST_TEST(is_replaced());
  BOOST_TEST(!std::filesystem::is_symlink(file()));
  std::filesystem::remove(file());
  BOOST_REQUIRE(::mkfifo(file().c_str(), 0600) == 0);
  BOOST_TEST(is_replaced());
  BOOST_TEST(is_kept());
}

BOOST_AUTO_TEST_CASE(the_umask_leaves_the_file_usable) {
  test::logged_by([&] {
    const mode_t before = ::umask(0277);
    HostDraws(folder.path()).of(kDrawnQueue, input);
    ::umask(before);
  });
  BOOST_TEST(is_kept());
}

BOOST_AUTO_TEST_CASE(damage_of_a_file_in_use_is_an_error_and_no_crash) {
  BOOST_TEST(is_replaced());
  HostDraws draws(folder.path());
  const Draw& draw = draws.of(kDrawnQueue, input);
  const std::int64_t place = draw.place_of(5);
  for (const std::uint32_t wrong : {0U, 501U, 0xFFFFFFFFU}) {
    write_number(file(), 5 - 1, wrong);
    BOOST_CHECK_THROW((void)draw.place_of(5), DrawDamaged);
    BOOST_CHECK_THROW((void)draw.entry_at(place), DrawDamaged);
    BOOST_TEST(draw.entry_at(draw.place_of(6)) == 6);
  }
  // What comes after it is right again, and what is in use stays as it is.
  BOOST_TEST(is_replaced());
  BOOST_CHECK_THROW((void)draw.place_of(5), DrawDamaged);
}

BOOST_AUTO_TEST_CASE(a_file_in_use_is_replaced_and_not_changed) {
  HostDraws draws(folder.path());
  test::logged_by([&] { draws.of(kDrawnQueue, input); });
  const Draw draw = draws.of(kDrawnQueue, input);
  log_of_asking_for({input.seed, "other", 20});
  BOOST_TEST((draw.bytes() == Draw(input).bytes()));
}

BOOST_AUTO_TEST_CASE(what_a_killed_process_left_is_replaced) {
  const auto results = test::in_parallel(1, [&](int) {
    const int lock = ::open((file() + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (::flock(lock, LOCK_EX) != 0) return 1;
    test::write_text(file() + ".new", std::string(100'000, 'x'));
    return std::raise(SIGKILL);
  });
  BOOST_TEST(results == std::vector<int>{-1});
  BOOST_TEST(std::filesystem::file_size(file() + ".new") == 100'000U);
  BOOST_TEST(is_replaced());
  BOOST_TEST(is_kept());
  BOOST_TEST(!std::filesystem::exists(file() + ".new"));
}

BOOST_AUTO_TEST_CASE(without_a_folder_each_process_has_its_own_and_warns_once_a_minute) {
  const std::string log = test::logged_by([&] {
    HostDraws draws(folder.path() + "/missing");
    for (const std::int64_t queue : {1, 2, 3}) {
      input.entries += queue;
      BOOST_TEST((draws.of(QueueId{queue}, input).bytes() == Draw(input).bytes()));
      BOOST_TEST((draws.of(QueueId{queue}, input).bytes() == Draw(input).bytes()));
    }
  });
  const auto lines = test::log_lines(log);
  BOOST_REQUIRE(lines.size() == 1U);
  BOOST_TEST(lines.front()["level"].asString() == "warning");
  BOOST_TEST(test::occurrences(log, "No such file or directory") == 1, log);
}

BOOST_AUTO_TEST_CASE(a_folder_or_a_link_in_the_place_of_a_file_is_left_alone) {
  std::filesystem::create_directory(file());
  BOOST_TEST(is_own());
  BOOST_TEST(!std::filesystem::exists(file() + ".new"));
  std::filesystem::remove(file());
  std::filesystem::remove(file() + ".lock");
  std::filesystem::create_symlink(folder.path() + "/not-mine", file() + ".lock");
  BOOST_TEST(is_own());
  BOOST_TEST(!std::filesystem::exists(folder.path() + "/not-mine"));
}

// A limit on the size of files stands for a full disk: a part is written, then it fails.
BOOST_AUTO_TEST_CASE(on_a_full_disk_each_process_has_its_own_and_leaves_nothing_behind) {
  std::vector<int> results;
  const std::string log = test::logged_by([&] {
    results = test::in_parallel(1, [&](int) {
      std::signal(SIGXFSZ, SIG_IGN);
      const rlimit limit{1000, 1000};
      if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 2;
      HostDraws draws(folder.path());
      return draws.of(kDrawnQueue, input).bytes() == Draw(input).bytes() ? 1 : 0;
    });
  });
  BOOST_TEST(results == std::vector<int>{1});
  BOOST_TEST(test::occurrences(log, "File too large") == 1, log);
  BOOST_TEST(!std::filesystem::exists(file()));
  BOOST_TEST(!std::filesystem::exists(file() + ".new"));
}

BOOST_AUTO_TEST_CASE(a_process_waits_for_one_that_computes_but_not_for_ever) {
  const Descriptor lock(::open((file() + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  BOOST_REQUIRE(::flock(lock.get(), LOCK_EX) == 0);
  BOOST_TEST(is_own(20));
  BOOST_TEST(!std::filesystem::exists(file()));
  BOOST_REQUIRE(::flock(lock.get(), LOCK_UN) == 0);
  BOOST_TEST(is_replaced());
  // What is in its place needs no lock.
  BOOST_REQUIRE(::flock(lock.get(), LOCK_EX) == 0);
  BOOST_TEST(is_kept());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
