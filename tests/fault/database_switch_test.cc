// concertd with two database hosts in its url: all of its workers are at one of them.
#include <fmt/format.h>

#include <array>
#include <boost/test/unit_test.hpp>

#include "store/session/schema.h"
#include "support/ops_service.h"
#include "support/servers.h"
#include "support/stack.h"

namespace concert::test {
namespace {

// Nothing is replicated between the two; the same schema is on both.
class TwoDatabases {
 public:
  TwoDatabases() {
    static const DatabaseServer second_server;
    name_ = DatabaseUrl::parse(service.database_url()).database;
    const std::array sockets{database_socket(), second_server.socket()};
    for (const std::string& socket : sockets) {
      admins_.push_back(std::make_unique<Session>(
          DatabaseUrl::parse("mysql://root@/mysql?socket=" + socket), nullptr));
      admins_.back()->run_text("CREATE USER switched");
      admins_.back()->run_text("GRANT ALL ON *.* TO switched");
    }
    admins_[1]->run_text(fmt::format("CREATE DATABASE {} CHARACTER SET utf8mb4", name_));
    const auto url = [&](const std::string& hosts) {
      return fmt::format("mysql://switched@{}/{}", hosts, name_);
    };
    const std::string first = fmt::format("127.0.0.1:{}", database_port());
    const std::string second = fmt::format("127.0.0.1:{}", second_server.port());
    Session migrating(DatabaseUrl::parse(url(second)), nullptr);
    Schema(migrating).migrate();
    service.configure({{"database_url", url(first + "," + second)}});
    BOOST_REQUIRE(service.reload());
  }
  ~TwoDatabases() {
    set_read_only(0, false);
    service.concertd().stop();
    admins_[1]->run_text("DROP DATABASE " + name_);
    for (const auto& admin : admins_) admin->run_text("DROP USER switched");
  }
  TwoDatabases(const TwoDatabases&) = delete;
  TwoDatabases& operator=(const TwoDatabases&) = delete;

  void set_read_only(std::size_t i, bool on) {
    admins_[i]->run_text(fmt::format("SET GLOBAL read_only = {}", on ? "ON" : "OFF"));
  }
  // How many connections concertd has there.
  std::int64_t connections(std::size_t i) {
    auto rows = admins_[i]->query(
        "SELECT COUNT(*) FROM information_schema.processlist WHERE user = 'switched' AND db = ?",
        {name_});
    rows.next();
    return rows.number(1);
  }

  Service service;

 private:
  std::string name_;
  std::vector<std::unique_ptr<Session>> admins_;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(database_switch_test, TwoDatabases)

BOOST_AUTO_TEST_CASE(all_workers_leave_a_host_that_may_not_be_written_to_and_go_back_to_it) {
  const auto workers = static_cast<std::int64_t>(service.workers().size());
  BOOST_TEST(eventually([&] { return connections(0) == workers; }));
  set_read_only(0, true);
  BOOST_TEST(eventually([&] { return connections(0) == 0; }));
  Web web = service.web();
  BOOST_TEST(service.new_token(web, "00000000-0000-4000-8000-000000000001") != "");
  BOOST_TEST(connections(1) > 0);
  set_read_only(0, false);
  BOOST_TEST(eventually([&] { return connections(1) == 0; }));
  BOOST_TEST(service.new_token(web, "00000000-0000-4000-8000-000000000002") != "");
  // Only now: a worker that changes hosts is connected to neither for a moment.
  BOOST_TEST(connections(0) > 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
