#include "base/log.h"

#include <fcntl.h>
#include <json/json.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <sstream>

#include "support/process.h"

namespace concert {
namespace {

// What goes to stderr while `call` runs.
template <class Call>
std::string written(Call call) {
  const test::ScratchFolder folder;
  const std::string file = folder.path() + "/stderr";
  const int saved = ::dup(STDERR_FILENO);
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT, 0600);
  ::dup2(fd, STDERR_FILENO);
  call();
  ::dup2(saved, STDERR_FILENO);
  ::close(saved);
  ::close(fd);
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

Json::Value parse(const std::string& line) {
  Json::CharReaderBuilder builder;
  Json::CharReaderBuilder::strictMode(&builder.settings_);
  Json::Value value;
  std::istringstream in(line);
  std::string errors;
  BOOST_REQUIRE_MESSAGE(Json::parseFromStream(builder, in, &value, &errors),
                        errors << " in " << line);
  return value;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(log_test)

BOOST_AUTO_TEST_CASE(a_line_is_one_json_object) {
  const std::string text =
      written([] { log_warning("a \"quoted\" path C:\\x\nand a second line\t\x01 caf\xC3\xA9"); });
  BOOST_TEST(text.back() == '\n');
  BOOST_TEST(text.find('\n') == text.size() - 1);
  const Json::Value line = parse(text);
  BOOST_TEST(line["level"].asString() == "warning");
  BOOST_TEST(line["message"].asString() ==
             "a \"quoted\" path C:\\x\nand a second line\t\x01 caf\xC3\xA9");
  BOOST_TEST(line["pid"].asInt64() == ::getpid());
  BOOST_TEST(line["time"].asString().size() == std::string("2026-11-20T09:00:00.000Z").size());
  BOOST_TEST(!line.isMember("requestId"));
}

BOOST_AUTO_TEST_CASE(a_line_carries_the_id_of_the_request_in_hand) {
  const Json::Value within = parse(written([] {
    const LogContext context("abc-1");
    log_error("x");
  }));
  BOOST_TEST(within["requestId"].asString() == "abc-1");
  BOOST_TEST(within["level"].asString() == "error");
  BOOST_TEST(!parse(written([] { log_info("x"); })).isMember("requestId"));
  BOOST_TEST(parse(written([] { log(Severity::info, "x", "given"); }))["requestId"].asString() ==
             "given");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
