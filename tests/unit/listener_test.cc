#include "worker/listener.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <optional>

#include "base/settings_source.h"
#include "report/cron_report.h"
#include "support/logs.h"
#include "support/process.h"
#include "worker/report_socket.h"

namespace concert::test {
namespace {

struct Folder {
  void write(const std::string& file) const { std::ofstream(file) << "precious"; }
  bool is_kept(const std::string& file) const {
    return std::filesystem::is_regular_file(file) && std::filesystem::file_size(file) == 8;
  }

  ScratchFolder folder;
  std::string path = folder.path() + "/concertd.sock";
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(listener_test, Folder)

BOOST_AUTO_TEST_CASE(a_file_at_the_path_of_the_socket_is_kept) {
  write(path);
  BOOST_CHECK_EXCEPTION(Listener{path}, ConfigurationError, [&](const ConfigurationError& error) {
    return std::string(error.what()).find("`listen_socket`: " + path) == 0U;
  });
  BOOST_TEST(is_kept(path));
}

BOOST_AUTO_TEST_CASE(a_link_at_the_path_of_the_socket_is_kept) {
  write(folder.path() + "/file");
  std::filesystem::create_symlink(folder.path() + "/file", path);
  BOOST_CHECK_THROW(Listener{path}, ConfigurationError);
  BOOST_TEST(std::filesystem::is_symlink(path));
}

BOOST_AUTO_TEST_CASE(a_link_to_nothing_at_the_path_of_the_socket_is_kept) {
  std::filesystem::create_symlink(folder.path() + "/nothing", path);
  BOOST_CHECK_THROW(Listener{path}, ConfigurationError);
  BOOST_TEST(std::filesystem::is_symlink(path));
}

BOOST_AUTO_TEST_CASE(a_file_that_took_the_place_of_a_socket_outlives_it) {
  Metrics metrics({"GET /queue"}, {"BUSY"}, {});
  const std::string report = folder.path() + "/events.sock";
  {
    const Listener listener(path);
    const ReportSocket reports(-1, report, "", metrics);
    for (const std::string& socket : {path, report}) {
      std::filesystem::remove(socket);
      write(socket);
    }
  }
  BOOST_TEST(is_kept(path));
  BOOST_TEST(is_kept(report));
}

BOOST_AUTO_TEST_CASE(a_socket_that_nobody_listens_at_is_replaced) {
  const std::string left = folder.path() + "/left";
  {
    const Listener dead(path);
    std::filesystem::rename(path, left);
  }
  std::filesystem::rename(left, path);
  BOOST_CHECK_NO_THROW(Listener{path});
  BOOST_TEST(!std::filesystem::exists(path));
}

// As of two concertd whose listen sockets are in one folder.
BOOST_AUTO_TEST_CASE(a_report_socket_that_another_has_is_left_to_it) {
  Metrics metrics({"GET /queue"}, {"BUSY"}, {}), of_second({"GET /queue"}, {"BUSY"}, {});
  const std::string report = folder.path() + "/events.sock";
  std::optional<ReportSocket> first(std::in_place, -1, report, "", metrics);
  const std::string logged = logged_by([&] {
    ReportSocket second(-1, report, "", of_second);
    send_report(report, "malformed");
    second.take();
  });
  BOOST_TEST(logged.find("another process, as a second concertd, has " + report) !=
             std::string::npos);
  BOOST_TEST(logged.find("Give `listen_socket` a folder of its own.") != std::string::npos, logged);
  BOOST_TEST(std::filesystem::is_socket(report));
  send_report(report, "malformed");
  first->take();
  BOOST_TEST(metrics.render().find("concert_events_malformed_total 2\n") != std::string::npos);
  BOOST_TEST(of_second.render().find("concert_events_malformed_total 0\n") != std::string::npos);
  first.reset();
  BOOST_TEST(!std::filesystem::exists(report));
}

BOOST_AUTO_TEST_CASE(a_report_socket_that_nobody_has_is_replaced) {
  const std::string report = folder.path() + "/events.sock";
  const std::string left = folder.path() + "/left";
  Metrics metrics({"GET /queue"}, {"BUSY"}, {});
  {
    const ReportSocket dead(-1, report, "", metrics);
    std::filesystem::rename(report, left);
  }
  std::filesystem::rename(left, report);
  const std::string logged = logged_by([&] {
    ReportSocket again(-1, report, "", metrics);
    send_report(report, "malformed");
    again.take();
  });
  BOOST_TEST(logged == "");
  BOOST_TEST(metrics.render().find("concert_events_malformed_total 1\n") != std::string::npos);
  BOOST_TEST(!std::filesystem::exists(report));
}

BOOST_AUTO_TEST_CASE(a_file_at_the_path_of_the_report_socket_is_kept) {
  write(path);
  Metrics metrics({"GET /queue"}, {"BUSY"}, {});
  const std::string logged = logged_by([&] { const ReportSocket reports(-1, path, "", metrics); });
  BOOST_TEST(logged.find("cannot open " + path) != std::string::npos, logged);
  BOOST_TEST(is_kept(path));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
