#include "support/servers.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <thread>

#include "store/session/schema.h"
#include "store/session/session.h"
#include "support/port.h"

namespace concert::test {
namespace {

Session admin_session() {
  return Session(
      DatabaseUrl::parse(fmt::format("mysql://root@/mysql?socket={}", database_socket())), nullptr);
}

template <class Ready>
void wait_until(Ready ready, Process& process, const char* what) {
  for (int i = 0; i < 3000; ++i) {
    if (ready()) return;
    if (!process.running()) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  throw std::runtime_error(fmt::format("{} did not start", what));
}

const char* mysql_folder() { return std::getenv("TEST_MYSQL"); }

// The command line of a server over a new data folder below `folder`.
std::vector<std::string> new_mariadb(const std::string& folder) {
  const std::string data = folder + "/data";
  const auto made = run({"mariadb-install-db", "--no-defaults", run_as_root(), "--datadir=" + data,
                         "--skip-test-db", "--force", "--tmpdir=" + folder,
                         "--auth-root-authentication-method=normal"});
  if (made.exit_code != 0)
    throw std::runtime_error("mariadb-install-db failed: " + made.out + made.err);
  return {"mariadbd", "--no-defaults", run_as_root(), "--datadir=" + data};
}

std::vector<std::string> new_mysql(const std::string& folder) {
  const std::string from = mysql_folder();
  std::filesystem::copy(from + "/data", folder + "/data", std::filesystem::copy_options::recursive);
  // Each server tells the others by a number that was made with the data.
  std::filesystem::remove(folder + "/data/auto.cnf");
  std::vector<std::string> command{from + "/mysqld", "--datadir=" + folder + "/data",
                                   "--mysqlx=OFF", "--secure-file-priv=NULL", "--skip-log-bin"};
  if (::geteuid() == 0) command.emplace_back("--user=root");
  return command;
}

const DatabaseServer& database_server() {
  static const DatabaseServer server;
  return server;
}

}  // namespace

DatabaseServer::DatabaseServer() : socket_(folder_.path() + "/db.sock"), port_(free_tcp_port()) {
  start(tests_mysql() ? new_mysql(folder_.path()) : new_mariadb(folder_.path()));
}

DatabaseServer::DatabaseServer(const std::vector<std::string>& options)
    : socket_(folder_.path() + "/db.sock"), port_(free_tcp_port()) {
  std::vector<std::string> command = new_mariadb(folder_.path());
  command.insert(command.end(), options.begin(), options.end());
  start(command);
}

void DatabaseServer::start(std::vector<std::string> command) {
  command.insert(command.end(),
                 {"--socket=" + socket_, "--bind-address=127.0.0.1",
                  fmt::format("--port={}", port_), "--tmpdir=" + folder_.path(),
                  "--skip-name-resolve", "--max-connections=400", "--innodb-buffer-pool-size=128M",
                  "--character-set-server=utf8mb4", "--performance-schema=OFF"});
  process_ = std::make_unique<Process>(command, Process::Environment{}, folder_.path() + "/db.log");
  wait_until(
      [&] {
        if (!std::filesystem::exists(socket_)) return false;
        try {
          Session session(DatabaseUrl::parse(fmt::format("mysql://root@/mysql?socket={}", socket_)),
                          nullptr);
          session.query("SELECT 1");
          return true;
        } catch (const std::exception&) {
          return false;
        }
      },
      *process_, "the database");
}

namespace {

std::vector<std::string> galera_options() {
  const int port = free_tcp_port();
  return {"--wsrep-on=ON",
          "--wsrep-provider=/usr/lib/galera/libgalera_smm.so",
          "--wsrep-new-cluster",
          "--wsrep-cluster-address=gcomm://",
          "--wsrep-node-address=127.0.0.1",
          "--binlog-format=ROW",
          "--innodb-autoinc-lock-mode=2",
          fmt::format("--wsrep-provider-options=base_port={0};gmcast.listen_addr=tcp://"
                      "127.0.0.1:{0};ist.recv_addr=127.0.0.1:{1};gcache.size=8M",
                      port, free_tcp_port())};
}

}  // namespace

GaleraNode::GaleraNode() : server_(galera_options()) {}

void GaleraNode::run(const std::string& text) const {
  Session(DatabaseUrl::parse("mysql://root@/mysql?socket=" + server_.socket()), nullptr)
      .run_text(text);
}

void GaleraNode::leave_cluster() const {
  // It looks for a node that is not there.
  run(fmt::format("SET GLOBAL wsrep_cluster_address = 'gcomm://127.0.0.1:{}?pc.wait_prim=no'",
                  free_tcp_port()));
}

void GaleraNode::come_back() const {
  run("SET GLOBAL wsrep_provider_options = 'pc.bootstrap=YES'");
}

std::string run_as_root() { return ::geteuid() == 0 ? "--user=root" : "--skip-log-error"; }

bool tests_mysql() { return mysql_folder() != nullptr; }

std::string numbers(std::int64_t first, std::int64_t last) {
  std::string digits = "SELECT 0 AS d";
  for (int d = 1; d < 10; ++d) digits += fmt::format(" UNION ALL SELECT {}", d);
  std::string seq = std::to_string(first);
  std::string tables;
  for (std::int64_t place = 1; place <= last - first; place *= 10) {
    seq += fmt::format(" + {} * p{}.d", place, place);
    tables += fmt::format("{}({}) p{}", tables.empty() ? "" : ", ", digits, place);
  }
  return fmt::format("(SELECT seq FROM (SELECT {} AS seq FROM {}) n WHERE seq <= {}) numbers", seq,
                     tables, last);
}

const std::string& database_socket() { return database_server().socket(); }

int database_port() { return database_server().port(); }

Memcached::Memcached()
    : socket_(folder_.path() + "/mc.sock"),
      process_({"memcached", "-u", "root", "-s", socket_, "-m", "64"}, {},
               folder_.path() + "/mc.log") {
  wait_until([&] { return std::filesystem::exists(socket_); }, process_, "memcached");
}

const std::string& memcached_socket() {
  static const Memcached server;
  return server.socket();
}

FreshDatabase::FreshDatabase() {
  static int counter = 0;
  name_ = fmt::format("t{}_{}", ::getpid(), ++counter);
  admin_session().run_text(fmt::format("CREATE DATABASE {} CHARACTER SET utf8mb4", name_));
  Session session(DatabaseUrl::parse(url()), nullptr);
  Schema(session).migrate();
}

FreshDatabase::~FreshDatabase() {
  try {
    admin_session().run_text(fmt::format("DROP DATABASE {}", name_));
  } catch (const std::exception&) {
    return;  // the server goes with all its databases
  }
}

std::string FreshDatabase::url() const {
  return fmt::format("mysql://root@/{}?socket={}", name_, database_socket());
}

Settings test_settings(const FreshDatabase& database) {
  Settings settings;
  settings.hold_seconds = 300;
  settings.active_seconds = 600;
  settings.waiting_seconds = 86400;
  settings.active_limit = 1000;
  settings.admit_per_pass = 952;
  settings.admit_interval_seconds = 0;  // a pass is a whole one
  settings.seat_limit = 4;
  settings.balance_limit = 1'000'000'000;
  settings.dates_cache_seconds = 3600;
  settings.keep_reservations_days = 90;
  settings.workers = 4;
  settings.token_key = "a signing key for tests of 32 bytes or more";
  settings.database = DatabaseUrl::parse(database.url());
  settings.memcached_servers = memcached_socket();
  return settings;
}

}  // namespace concert::test
