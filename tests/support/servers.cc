#include "support/servers.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>
#include <thread>

#include "store/schema.h"
#include "store/session.h"

namespace concert::test {
namespace {

Session admin_session() {
  return Session(DatabaseUrl::parse(fmt::format("mysql://root@/mysql?socket={}", mariadb_socket())),
                 nullptr);
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

class MariaDb {
 public:
  MariaDb() : socket_(folder_.path() + "/db.sock") {
    const std::string data = folder_.path() + "/data";
    const std::string user = ::geteuid() == 0 ? "--user=root" : "--skip-log-error";
    const auto made =
        run({"mariadb-install-db", "--no-defaults", user, "--datadir=" + data, "--skip-test-db",
             "--force", "--tmpdir=" + folder_.path(), "--auth-root-authentication-method=normal"});
    if (made.exit_code != 0)
      throw std::runtime_error("mariadb-install-db failed: " + made.out + made.err);
    process_ = std::make_unique<Process>(
        std::vector<std::string>{"mariadbd", "--no-defaults", user, "--datadir=" + data,
                                 "--socket=" + socket_, "--skip-networking",
                                 "--tmpdir=" + folder_.path(), "--skip-name-resolve",
                                 "--max-connections=400", "--innodb-buffer-pool-size=128M",
                                 "--character-set-server=utf8mb4", "--performance-schema=OFF"},
        Process::Environment{}, folder_.path() + "/db.log");
    wait_until(
        [&] {
          if (!std::filesystem::exists(socket_)) return false;
          try {
            Session session(
                DatabaseUrl::parse(fmt::format("mysql://root@/mysql?socket={}", socket_)), nullptr);
            session.query("SELECT 1");
            return true;
          } catch (const std::exception&) {
            return false;
          }
        },
        *process_, "mariadbd");
  }
  const std::string& socket() const { return socket_; }

 private:
  ScratchFolder folder_;
  std::string socket_;
  std::unique_ptr<Process> process_;
};

class Memcached {
 public:
  Memcached()
      : socket_(folder_.path() + "/mc.sock"),
        process_({"memcached", "-u", "root", "-s", socket_, "-m", "64"}, {},
                 folder_.path() + "/mc.log") {
    wait_until([&] { return std::filesystem::exists(socket_); }, process_, "memcached");
  }
  const std::string& socket() const { return socket_; }

 private:
  ScratchFolder folder_;
  std::string socket_;
  Process process_;
};

}  // namespace

const std::string& mariadb_socket() {
  static const MariaDb server;
  return server.socket();
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
  return fmt::format("mysql://root@/{}?socket={}", name_, mariadb_socket());
}

Settings test_settings(const FreshDatabase& database) {
  Settings settings;
  settings.hold_seconds = 300;
  settings.active_seconds = 600;
  settings.waiting_seconds = 86400;
  settings.active_limit = 1000;
  settings.admit_per_pass = 952;
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
