// How a session comes to its server and leaves it.
#include <cppconn/connection.h>
#include <cppconn/driver.h>
#include <cppconn/exception.h>
#include <cppconn/prepared_statement.h>
#include <cppconn/statement.h>
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <optional>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/server_address.h"
#include "base/steady_clock.h"
#include "store/session/error_code.h"
#include "store/session/errors.h"
#include "store/session/host_choice.h"
#include "store/session/session.h"
#include "store/session/silent_peer.h"

namespace concert {
namespace {

constexpr int kConnectTimeout_s = 2;
constexpr std::int64_t kHang_ms = 1000;
constexpr std::int64_t kPauseAfterHang_ms = 1000;
constexpr std::uint64_t kSetUpRoundTrips = 3;  // the connection's own included

void set_up(sql::Connection& connection) {
  const std::unique_ptr<sql::Statement> statement(connection.createStatement());
  statement->execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");
  statement->execute(
      "SET SESSION time_zone = '+00:00', innodb_lock_wait_timeout = 2, lock_wait_timeout = 2, "
      "net_read_timeout = 5, "
      "sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO'");
}

// What another host of the cluster has acknowledged is applied here before it is read.
void read_what_was_acknowledged(sql::Connection& connection, HostState::Cluster cluster) {
  if (cluster == HostState::Cluster::none) return;
  const std::unique_ptr<sql::Statement> statement(connection.createStatement());
  try {
    if (cluster == HostState::Cluster::galera) {
      statement->execute("SET SESSION wsrep_sync_wait = 1");
    } else {
      statement->execute("SET SESSION group_replication_consistency = 'BEFORE'");
    }
  } catch (const sql::SQLException& error) {
    if (!means_missing_right(error.getErrorCode())) throw;
  }
}

}  // namespace

void Session::disconnect() noexcept {
  // Connector/C++ talks to the server when these end; a server that is gone makes it throw.
  try {
    statements_.clear();
    connection_.reset();
  } catch (...) {
    log_info("the database session ended without a farewell; it was lost before.");
  }
  connection_id_ = 0;
}

std::string Session::place() const {
  return connection_ && url_.socket.empty() ? url_.hosts[host_].place() : url_.place();
}

std::unique_ptr<sql::Connection> Session::open(std::size_t host, int timeout_s,
                                               const std::string& schema) const {
  sql::ConnectOptionsMap options;
  if (url_.socket.empty()) {
    options["hostName"] = sql::SQLString("tcp://" + bracketed(url_.hosts[host].name));
    options["port"] = static_cast<int>(url_.hosts[host].port);
  } else {
    options["hostName"] = sql::SQLString("unix://" + url_.socket);  // with a port it is a host
  }
  options["userName"] = sql::SQLString(url_.user);
  options["password"] = sql::SQLString(url_.password);
  if (!schema.empty()) options["schema"] = sql::SQLString(schema);
  options["OPT_CONNECT_TIMEOUT"] = timeout_s;
  options["OPT_READ_TIMEOUT"] = timeout_s_;
  options["OPT_WRITE_TIMEOUT"] = timeout_s_;
  options["OPT_CHARSET_NAME"] = sql::SQLString("utf8mb4");
  std::unique_ptr<sql::Connection> connection(::get_driver_instance()->connect(options));
  if (url_.socket.empty()) give_up_on_silent_peers(url_.hosts[host].port);
  return connection;
}

void Session::connect_to(std::size_t host) {
  // Kept only once it is wholly set up: half of the settings would be a wrong isolation level.
  std::unique_ptr<sql::Connection> connection = open(host, kConnectTimeout_s, url_.database);
  const HostState state = ask_host_state(*connection);
  ++round_trips_;
  // A proxy, or the only server that there is, answers for itself.
  if (url_.hosts.size() > 1 && !state.not_ready.empty())
    throw sql::SQLException(state.not_ready, "08S01", kNotInCluster);
  is_empty_ = false;
  if (url_.hosts.size() > 1) {
    ++round_trips_;
    is_empty_ = !concert::has_installation(*connection, url_.database);
  }
  set_up(*connection);
  round_trips_ += kSetUpRoundTrips;
  connection_ = std::move(connection);
  host_ = host;
  is_read_only_ = state.is_read_only();
  idle_limit_s_ = 0;
  limit_idle(kIdle_s);
  anchor_clock();
  // Last, for a node outside its cluster cannot even tell the time after it.
  read_what_was_acknowledged(*connection_, state.cluster);
}

void Session::limit_idle(int time_s) {
  if (idle_limit_s_ == time_s) return;
  const auto set = [&](const char* text) {
    const std::unique_ptr<sql::PreparedStatement> statement(connection_->prepareStatement(text));
    statement->setInt(1, time_s);
    count_round_trip();
    statement->executeUpdate();
  };
  try {
    set("SET SESSION idle_transaction_timeout = ?");
  } catch (const sql::SQLException& error) {
    if (error.getErrorCode() != kUnknownVariable) throw;
    set("SET SESSION wait_timeout = ?");
    idles_only_in_transactions_ = false;
  }
  idle_limit_s_ = time_s;
}

// A statement of a transaction that was lost must not be run by itself.
void Session::fail_lost() const {
  throw DatabaseUnavailable(
      fmt::format("the connection to the database at {} was lost in a transaction", url_.place()));
}

void Session::connect() {
  if (in_transaction_) fail_lost();
  disconnect();
  const std::int64_t begun_ms = steady_ms();
  if (begun_ms < no_answer_until_ms_) {
    throw DatabaseUnavailable(
        fmt::format("no answer from the database at {}: it did not answer just now", url_.place()));
  }
  try {
    connect_to_any();
  } catch (const sql::SQLException& error) {
    disconnect();
    // One that refuses costs nothing. One that hangs costs seconds, which not every request that a
    // worker has in hand can wait in turn.
    const std::int64_t now_ms = steady_ms();
    if (now_ms - begun_ms >= kHang_ms) no_answer_until_ms_ = now_ms + kPauseAfterHang_ms;
    // Whatever it has against this account: it serves nothing.
    if (metrics_ != nullptr) metrics_->add(Metrics::database_errors);
    fail_unavailable(error, url_.place());
  }
  // Reads go on meanwhile: they shall not wait most of the time for hosts that hang.
  const std::int64_t now_ms = steady_ms();
  stays_read_only_until_ms_ =
      is_read_only_ ? now_ms + kPauseAfterHang_ms + 5 * (now_ms - begun_ms) : 0;
  tell_connected();
}

// Should the connection break under it, the call's own statement makes the next one.
void Session::tell_connected() {
  if (!on_connect_ || is_in_on_connect_) return;
  is_in_on_connect_ = true;
  try {
    on_connect_();
  } catch (...) {
    is_in_on_connect_ = false;
    throw;
  }
  is_in_on_connect_ = false;
}

// The one in force first, the one that was left last, the others as the url has them.
std::vector<std::size_t> Session::hosts_in_order(std::size_t in_force) {
  const std::size_t count = std::max<std::size_t>(url_.hosts.size(), 1);
  std::vector<std::size_t> order;
  for (std::size_t host = 0; host < count; ++host) order.push_back(host);
  if (count == 1) return order;
  const auto move_to = [&](std::size_t host, bool to_front) {
    const auto found = std::find(order.begin(), order.end(), host);
    if (found == order.end()) return;
    order.erase(found);
    order.insert(to_front ? order.begin() : order.end(), host);
  };
  move_to(in_force, true);
  if (const auto left = std::exchange(left_host_, std::nullopt)) move_to(*left, false);
  return order;
}

void Session::connect_to_any() {
  const std::size_t in_force = url_.choice ? url_.choice->host() : 0;
  const std::vector<std::size_t> order = hosts_in_order(in_force);
  std::optional<std::size_t> read_only;
  std::optional<std::size_t> empty;
  bool is_empty_read_only = false;
  std::exception_ptr failure;
  for (const std::size_t host : order) {
    try {
      connect_to(host);
      if (order.size() == 1) return;
      if (!is_read_only_ && !is_empty_) {
        url_.choice->leave_for(in_force, host);
        return;
      }
      if (!is_empty_) {
        if (!read_only) read_only = host;
      } else if (!empty || (is_empty_read_only && !is_read_only_)) {
        // Where none has an installation, the first migration needs one that may be written to.
        empty = host;
        is_empty_read_only = is_read_only_;
      }
    } catch (const sql::SQLException& error) {
      // The others are there, and this one must not write elsewhere.
      if (means_full(error.getErrorCode()) && host == order.front()) throw;
      failure = std::current_exception();
    }
    disconnect();
  }
  // A host that is away may be the one with the installation.
  if (!read_only && failure) std::rethrow_exception(failure);
  connect_to(read_only ? *read_only : *empty);
}

// Before the next use another host is looked for, where there are several: this one may have handed
// over.
void Session::leave_read_only_host() noexcept {
  if (url_.hosts.size() > 1) leave_read_only_connection();
}

void Session::leave_read_only_connection() noexcept {
  if (steady_ms() >= stays_read_only_until_ms_) disconnect();
}

void Session::leave_host_after(int code) noexcept {
  // It lets everybody in, and would be taken again.
  if (code == kNotInCluster) left_host_ = host_;
  if (code == kReadOnlyTransaction) {
    // The host may be writable again: only a new connection is.
    leave_read_only_connection();
  } else if (means_read_only(code)) {
    leave_read_only_host();
  }
  if (connection_is_dead(code)) disconnect();
}

}  // namespace concert
