#include "worker/nginx_answers_log.h"

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "support/logs.h"
#include "support/process.h"

namespace concert::test {
namespace {

struct Log {
  void add(const std::string& text) const {
    std::ofstream(path, std::ios::binary | std::ios::app) << text;
  }
  bool has(const std::string& sample) const {
    return metrics.render().find(sample + "\n") != std::string::npos;
  }

  ScratchFolder folder;
  std::string path = folder.path() + "/answers";
  Metrics metrics{{"GET /queue"}, {"BUSY"}, {}};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(nginx_answers_log_test, Log)

BOOST_AUTO_TEST_CASE(lines_added_after_the_start_of_the_program_are_counted) {
  add("429\n429\n");
  NginxAnswersLog answers(path, metrics);
  add("429\n50");
  answers.take();
  add("2\n");
  answers.take();
  answers.take();
  BOOST_TEST(has("concert_nginx_responses_total{status=\"429\"} 1"));
  BOOST_TEST(has("concert_nginx_responses_total{status=\"502\"} 1"));
}

BOOST_AUTO_TEST_CASE(all_lines_of_a_log_that_appears_later_are_counted) {
  NginxAnswersLog answers(path, metrics);
  answers.take();
  add("429\n");
  answers.take();
  BOOST_TEST(has("concert_nginx_responses_total{status=\"429\"} 1"));
}

BOOST_AUTO_TEST_CASE(a_path_that_names_a_folder_is_warned_of_once) {
  const std::string logged = logged_by([&] {
    NginxAnswersLog answers(folder.path(), metrics);
    for (int i = 0; i < 3; ++i) answers.take();
  });
  const auto lines = log_lines(logged);
  BOOST_REQUIRE(lines.size() == 1U);
  const std::string message = lines.front()["message"].asString();
  BOOST_TEST(message.find("cannot read " + folder.path() + " (Is a directory)") == 0U, message);
}

BOOST_AUTO_TEST_CASE(a_log_that_stays_missing_is_warned_of_once) {
  std::unique_ptr<NginxAnswersLog> answers;
  const auto look = [&](int times) {
    for (int i = 0; i < times; ++i) answers->take();
  };
  const std::string early = logged_by([&] {
    answers = std::make_unique<NginxAnswersLog>(path, metrics);
    look(59);
  });
  BOOST_TEST(early.empty(), early);
  const auto lines = log_lines(logged_by([&] { look(100); }));
  BOOST_REQUIRE(lines.size() == 1U);
  const std::string message = lines.front()["message"].asString();
  BOOST_TEST(message.find("`nginx_answers_log`") != std::string::npos, message);
}

BOOST_AUTO_TEST_CASE(a_log_that_is_missing_for_a_while_now_and_then_is_not_warned_of) {
  const std::string logged = logged_by([&] {
    NginxAnswersLog answers(path, metrics);
    const auto look = [&](int times) {
      for (int i = 0; i < times; ++i) answers.take();
    };
    look(59);
    add("429\n");
    look(1);
    std::filesystem::rename(path, path + ".1");
    add("429\n");
    look(1);  // notices the rotation
    std::filesystem::remove(path);
    look(59);
  });
  BOOST_TEST(logged.empty(), logged);
}

BOOST_AUTO_TEST_CASE(it_follows_a_log_that_is_rotated_and_one_that_is_cut) {
  NginxAnswersLog answers(path, metrics);
  add("429\n");
  answers.take();
  std::filesystem::rename(path, path + ".1");
  // A worker of nginx that has not opened the new file yet writes into the old one still.
  add("429\n");
  std::ofstream(path + ".1", std::ios::app) << "429\n";
  answers.take();
  std::ofstream(path + ".1", std::ios::app) << "429\n";
  answers.take();
  add("429\n");
  answers.take();
  BOOST_TEST(has("concert_nginx_responses_total{status=\"429\"} 5"));
  std::filesystem::resize_file(path, 0);
  add("429\n");
  answers.take();
  BOOST_TEST(has("concert_nginx_responses_total{status=\"429\"} 6"));
}

BOOST_AUTO_TEST_CASE(a_malformed_line_is_no_answer) {
  NginxAnswersLog answers(path, metrics);
  add("4290\n42\nabc\n\n999999999999999\n429\n");
  answers.take();
  BOOST_TEST(has("concert_nginx_responses_total{status=\"429\"} 1"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
