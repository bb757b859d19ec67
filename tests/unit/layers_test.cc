#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace concert {
namespace {

namespace fs = std::filesystem;

// What each layer may include of ours: what lies below it, never what lies above or beside it.
const std::map<std::string, std::set<std::string>>& allowed() {
  static const std::map<std::string, std::set<std::string>> layers{
      {"domain", {"domain"}},
      {"base", {"base"}},
      {"store", {"store", "domain", "base"}},
      {"cache", {"cache", "domain", "base"}},
      {"report", {"report", "domain", "base"}},
      {"settings", {"settings", "report", "store", "cache", "domain", "base"}},
      {"service", {"service", "settings", "report", "store", "cache", "domain", "base"}},
      {"http", {"http", "service", "settings", "report", "store", "cache", "domain", "base"}},
      {"worker",
       {"worker", "http", "service", "settings", "report", "store", "cache", "domain", "base"}},
      {"cron", {"cron", "service", "settings", "report", "store", "cache", "domain", "base"}},
      {"ctl", {"ctl", "service", "settings", "report", "store", "cache", "domain", "base"}},
  };
  return layers;
}

// Libraries that one layer alone may know.
const std::map<std::string, std::string>& reserved() {
  static const std::map<std::string, std::string> libraries{
      {"cppconn/", "store"}, {"libmemcached/", "cache"}, {"fcgi", "worker"},
      {"jwt.h", "service"},  {"curl/", "ctl"},           {"systemd/", "worker"}};
  return libraries;
}

// Why `layer` may not include the header; nothing if it may.
std::optional<std::string> objection(const std::string& layer, const std::string& header,
                                     bool ours) {
  if (ours) {
    const auto slash = header.find('/');
    if (slash == std::string::npos) return std::nullopt;  // a file that the build makes
    if (allowed().at(layer).count(header.substr(0, slash)) == 0) return "is not below " + layer;
    return std::nullopt;
  }
  for (const auto& [library, owner] : reserved()) {
    if (header.rfind(library, 0) == 0 && layer != owner) return "is for " + owner + " alone";
  }
  const bool standard = header.find_first_of("./") == std::string::npos;
  if (layer == "domain" && !standard) return "is not of the standard library";
  return std::nullopt;
}

// The same for a line of source.
std::optional<std::string> objection_to_line(const std::string& layer, const std::string& line) {
  constexpr std::string_view kInclude = "#include ";
  if (line.rfind(kInclude, 0) != 0) return std::nullopt;
  const char open = line[kInclude.size()];
  const auto end = line.find(open == '<' ? '>' : '"', kInclude.size() + 1);
  const std::string header = line.substr(kInclude.size() + 1, end - kInclude.size() - 1);
  const auto why = objection(layer, header, open == '"');
  if (!why) return std::nullopt;
  return header + " " + *why;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(layers_test)

BOOST_AUTO_TEST_CASE(every_include_points_downwards) {
  const fs::path app = fs::path(CONCERT_SOURCE_DIR) / "app";
  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(app)) {
    const auto extension = entry.path().extension();
    if (extension != ".h" && extension != ".cc") continue;
    ++files;
    const std::string layer = fs::relative(entry.path(), app).begin()->string();
    BOOST_REQUIRE_MESSAGE(allowed().count(layer) == 1, "a folder that is no layer: " << layer);
    std::ifstream in(entry.path());
    for (std::string line; std::getline(in, line);) {
      const auto why = objection_to_line(layer, line);
      BOOST_TEST(!why, entry.path().string() << ": " << why.value_or(""));
    }
  }
  BOOST_TEST(files > 100);
}

BOOST_AUTO_TEST_CASE(an_include_that_points_upwards_or_sideways_is_seen) {
  BOOST_TEST(objection_to_line("domain", "#include \"base/log.h\"").has_value());
  BOOST_TEST(objection_to_line("domain", "#include <fmt/format.h>").has_value());
  BOOST_TEST(objection_to_line("base", "#include \"domain/seat.h\"").has_value());
  BOOST_TEST(objection_to_line("store", "#include \"service/pay.h\"").has_value());
  BOOST_TEST(objection_to_line("store", "#include \"cache/cache.h\"").has_value());
  BOOST_TEST(objection_to_line("cache", "#include \"store/session.h\"").has_value());
  BOOST_TEST(objection_to_line("service", "#include \"http/body.h\"").has_value());
  BOOST_TEST(objection_to_line("cron", "#include \"http/app.h\"").has_value());
  BOOST_TEST(objection_to_line("ctl", "#include \"cron/pass.h\"").has_value());
  BOOST_TEST(objection_to_line("http", "#include <cppconn/driver.h>").has_value());
  BOOST_TEST(objection_to_line("store", "#include <libmemcached/memcached.h>").has_value());
  BOOST_TEST(objection_to_line("http", "#include <fcgiapp.h>").has_value());
  BOOST_TEST(objection_to_line("http", "#include <jwt.h>").has_value());
  BOOST_TEST(objection_to_line("service", "#include <curl/curl.h>").has_value());
  BOOST_TEST(!objection_to_line("store", "#include <cppconn/driver.h>"));
  BOOST_TEST(!objection_to_line("http", "#include \"store/errors.h\""));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
