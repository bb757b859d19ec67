#pragma once

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "settings/settings.h"
#include "support/process.h"

namespace concert::test {

// One database server and one memcached for the whole test program, started at first use and ended
// with it. Their sockets; `root` has no password. The database is MariaDB, or with TEST_MYSQL, a
// folder that `./dev test --mysql` makes, MySQL.
bool tests_mysql();
// The precondition of a case about what only MariaDB has.
boost::test_tools::assertion_result on_mariadb(boost::unit_test::test_unit_id id);
const std::string& database_socket();
// Its port of 127.0.0.1.
int database_port();
const std::string& memcached_socket();

// The command that becomes a server of tools/dev/servers.py, with its data in `folder`; `options`
// are options of that server, and win over those of the table.
std::vector<std::string> server_command(const std::string& name, const std::string& folder,
                                        const std::vector<std::string>& options = {});
// Whether a Unix socket accepts connections.
bool listens(const std::string& socket);

// A second database server, which a test may kill and start again.
class DatabaseServer {
 public:
  // `options` are added to the command. The data is below `data_folder`, or in a new folder.
  explicit DatabaseServer(const std::vector<std::string>& options = {},
                          const std::string& data_folder = "");

  const std::string& socket() const { return socket_; }
  int port() const { return port_; }
  // Starts it again over its data; returns once it answers.
  void start();
  void kill() { server_.kill(); }
  bool running() { return server_.running(); }
  void signal(int number) { server_.signal(number); }

 private:
  ScratchFolder folder_;
  std::string socket_;
  int port_;
  Daemon server_;
};

// A cluster of one Galera node. A node outside its cluster accepts logins and answers 1047 to each
// statement on a table.
class GaleraNode {
 public:
  GaleraNode();

  const DatabaseServer& server() const { return server_; }
  void leave_cluster() const;
  void come_back() const;

 private:
  void run(const std::string& text) const;

  DatabaseServer server_;
};

// A memcached of a test's own.
class Memcached {
 public:
  Memcached();
  const std::string& socket() const { return socket_; }
  Process& process() { return process_; }

 private:
  ScratchFolder folder_;
  std::string socket_;
  Process process_;
};

// A table of the numbers from `first` to `last`, as its column seq, in SQL of both databases.
std::string numbers(std::int64_t first, std::int64_t last);

// A new, migrated database of its own, dropped at the end.
class FreshDatabase {
 public:
  FreshDatabase();
  ~FreshDatabase();
  FreshDatabase(const FreshDatabase&) = delete;
  FreshDatabase& operator=(const FreshDatabase&) = delete;

  const std::string& name() const { return name_; }
  // For CONCERT_DATABASE_URL.
  std::string url() const;

 private:
  std::string name_;
};

// The settings' defaults on a fresh database and the test's memcached.
Settings test_settings(const FreshDatabase& database);

}  // namespace concert::test
