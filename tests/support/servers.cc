#include "support/servers.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>
#include <thread>

#include "store/session/schema.h"
#include "store/session/session.h"
#include "support/files.h"
#include "support/sockets.h"

namespace concert::test {
namespace {

Session admin_session() {
  return Session(
      DatabaseUrl::parse(fmt::format("mysql://root@/mysql?socket={}", database_socket())), nullptr);
}

// Waits until a server that was started is ready. Throws std::runtime_error if it ends before.
template <class Server, class Ready>
void wait_until(const Ready& ready, Server& server, const std::string& log) {
  for (int i = 0; i < 6000; ++i) {
    if (ready()) return;
    if (!server.running()) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  throw std::runtime_error("a server did not start: " + text_of(log));
}

std::vector<std::string> with(std::vector<std::string> words, std::vector<std::string> more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

const DatabaseServer& database_server() {
  static const DatabaseServer server;
  return server;
}

}  // namespace

std::vector<std::string> server_command(const std::string& name, const std::string& folder,
                                        const std::vector<std::string>& options) {
  return with({CONCERT_SOURCE_DIR "/dev", "server", name, folder}, options);
}

bool listens(const std::string& socket) {
  const int fd = connect_to(socket);
  if (fd >= 0) ::close(fd);
  return fd >= 0;
}

// Only the data is below `data_folder`; the socket and temporary files never are.
DatabaseServer::DatabaseServer(const std::vector<std::string>& options,
                               const std::string& data_folder)
    : socket_(folder_.path() + "/db.sock"),
      port_(free_tcp_port()),
      server_(
          server_command(tests_mysql() ? "mysql" : "mariadb",
                         data_folder.empty() ? folder_.path() : data_folder,
                         with({"--socket=" + socket_, "--tmpdir=" + folder_.path(),
                               "--skip-networking=OFF", "--bind-address=127.0.0.1",
                               fmt::format("--port={}", port_), "--innodb-buffer-pool-size=128M"},
                              options)),
          folder_.path() + "/db.log") {
  start();
}

void DatabaseServer::start() {
  server_.start();
  wait_until(
      [&] {
        if (!listens(socket_)) return false;
        try {
          Session session(DatabaseUrl::parse("mysql://root@/mysql?socket=" + socket_), nullptr);
          session.query("SELECT 1");
          return true;
        } catch (const std::exception&) {
          return false;
        }
      },
      server_, folder_.path() + "/db.log");
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
  // The address of a node that does not exist.
  run(fmt::format("SET GLOBAL wsrep_cluster_address = 'gcomm://127.0.0.1:{}?pc.wait_prim=no'",
                  free_tcp_port()));
}

void GaleraNode::come_back() const {
  run("SET GLOBAL wsrep_provider_options = 'pc.bootstrap=YES'");
}

bool tests_mysql() { return std::getenv("TEST_MYSQL") != nullptr; }

boost::test_tools::assertion_result on_mariadb(boost::unit_test::test_unit_id /*id*/) {
  boost::test_tools::assertion_result is_it(!tests_mysql());
  is_it.message() << "MySQL has no such thing";
  return is_it;
}

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
    : socket_(folder_.path() + "/memcached.sock"),
      process_(server_command("memcached", folder_.path()), {}, folder_.path() + "/memcached.log") {
  wait_until([&] { return listens(socket_); }, process_, folder_.path() + "/memcached.log");
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
    return;  // the server's end removes the database too
  }
}

std::string FreshDatabase::url() const {
  return fmt::format("mysql://root@/{}?socket={}", name_, database_socket());
}

Settings test_settings(const FreshDatabase& database) {
  static const ScratchFolder folder;
  Settings settings;
  settings.listen_socket = folder.path() + "/concertd.sock";  // draws are kept beside it
  settings.hold_seconds = 300;
  settings.hold_longest_seconds = 900;
  settings.active_seconds = 600;
  settings.waiting_seconds = 86400;
  settings.active_limit = 1000;
  settings.admit_per_pass = 952;
  settings.admit_interval_seconds = 0;   // every pass is a full one
  settings.holds_per_visit = 1'000'000;  // most tests are about other limits
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
