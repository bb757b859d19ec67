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

// What each subject of service/ may include of the others: arrows run one way.
const std::map<std::string, std::set<std::string>>& allowed_subjects() {
  static const std::map<std::string, std::set<std::string>> subjects{
      {"access", {"access"}},
      {"queue", {"queue", "access"}},
      {"points", {"points", "access"}},
      {"sale", {"sale", "access"}},
      {"admin", {"admin", "queue", "access"}},
      {"upkeep", {"upkeep", "sale", "queue", "access"}},
  };
  return subjects;
}

// The folder below the layer's; empty for a file of the layer itself.
std::string subject_of(const std::string& path) {
  const auto first = path.find('/');
  const auto second = path.find('/', first + 1);
  return second == std::string::npos ? "" : path.substr(first + 1, second - first - 1);
}

// Why a file of `subject` of service/ may not include another file of service/; nothing if it may.
std::optional<std::string> objection_of_subject(const std::string& subject,
                                                const std::string& header) {
  const std::string wanted = subject_of(header);
  if (subject.empty() || wanted.empty()) return std::nullopt;  // backend.h composes
  if (allowed_subjects().at(subject).count(wanted) == 0) return "is not below " + subject;
  return std::nullopt;
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

// The same for a line of source of the file `path`, as it is below app/.
std::optional<std::string> objection_to_line(const std::string& path, const std::string& line) {
  constexpr std::string_view kInclude = "#include ";
  if (line.rfind(kInclude, 0) != 0) return std::nullopt;
  const char open = line[kInclude.size()];
  const auto end = line.find(open == '<' ? '>' : '"', kInclude.size() + 1);
  const std::string header = line.substr(kInclude.size() + 1, end - kInclude.size() - 1);
  const std::string layer = path.substr(0, path.find('/'));
  auto why = objection(layer, header, open == '"');
  if (!why && layer == "service" && header.rfind("service/", 0) == 0)
    why = objection_of_subject(subject_of(path), header);
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
    const fs::path path = fs::relative(entry.path(), app);
    const std::string layer = path.begin()->string();
    BOOST_REQUIRE_MESSAGE(allowed().count(layer) == 1, "a folder that is no layer: " << layer);
    if (layer == "service") {
      const std::string subject = subject_of(path.string());
      BOOST_REQUIRE_MESSAGE(subject.empty() || allowed_subjects().count(subject) == 1,
                            "a folder of service/ that is no subject: " << subject);
    }
    std::ifstream in(entry.path());
    for (std::string line; std::getline(in, line);) {
      const auto why = objection_to_line(path.string(), line);
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

BOOST_AUTO_TEST_CASE(an_include_of_a_subject_that_is_not_below_is_seen) {
  const auto seen = [](const char* path, const char* line) {
    return objection_to_line(path, line).has_value();
  };
  BOOST_TEST(seen("service/access/guard.h", "#include \"service/queue/leave_queue.h\""));
  BOOST_TEST(seen("service/queue/leave_queue.h", "#include \"service/sale/catalogue.h\""));
  BOOST_TEST(seen("service/points/payments.h", "#include \"service/sale/reservations.h\""));
  BOOST_TEST(seen("service/sale/reservations.cc", "#include \"service/points/balances.h\""));
  BOOST_TEST(seen("service/sale/reservations.cc", "#include \"service/admin/erase_user.h\""));
  BOOST_TEST(seen("service/admin/erase_user.h", "#include \"service/upkeep/maintain.h\""));
  BOOST_TEST(!seen("service/upkeep/maintain.h", "#include \"service/sale/reservations.h\""));
  BOOST_TEST(!seen("service/backend.h", "#include \"service/upkeep/installation_watch.h\""));
  BOOST_TEST(!seen("http/app.h", "#include \"service/backend.h\""));
}

// Whether `from` reaches `to` over one arrow or more.
bool reaches(const std::string& from, const std::string& to, int arrows) {
  if (arrows == 0) return false;
  for (const std::string& next : allowed_subjects().at(from)) {
    if (next != from && (next == to || reaches(next, to, arrows - 1))) return true;
  }
  return false;
}

BOOST_AUTO_TEST_CASE(the_subjects_have_no_circle) {
  const int most = static_cast<int>(allowed_subjects().size());
  for (const auto& [subject, below] : allowed_subjects()) {
    BOOST_TEST(below.count(subject) == 1U);
    BOOST_TEST(!reaches(subject, subject, most), subject);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
