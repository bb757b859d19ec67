// How a session comes to its server and leaves it.
#include <cppconn/connection.h>
#include <cppconn/driver.h>
#include <cppconn/exception.h>
#include <cppconn/prepared_statement.h>
#include <cppconn/statement.h>
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/log.h"
#include "base/steady_clock.h"
#include "store/error_code.h"
#include "store/errors.h"
#include "store/session.h"

namespace concert {
namespace {

constexpr int kConnectTimeout_s = 2;
constexpr std::int64_t kHang_ms = 1000;
constexpr std::int64_t kPauseAfterHang_ms = 1000;

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

void Session::connect_to(std::size_t host) {
  sql::ConnectOptionsMap options;
  if (url_.socket.empty()) {
    options["hostName"] = sql::SQLString("tcp://" + url_.hosts[host].name);
    options["port"] = static_cast<int>(url_.hosts[host].port);
  } else {
    options["hostName"] = sql::SQLString("unix://" + url_.socket);  // with a port it is a host
  }
  options["userName"] = sql::SQLString(url_.user);
  options["password"] = sql::SQLString(url_.password);
  options["schema"] = sql::SQLString(url_.database);
  options["OPT_CONNECT_TIMEOUT"] = kConnectTimeout_s;
  options["OPT_READ_TIMEOUT"] = patience_s_;
  options["OPT_WRITE_TIMEOUT"] = patience_s_;
  options["OPT_CHARSET_NAME"] = sql::SQLString("utf8mb4");
  // Kept only once it is wholly set up: half of the settings would be a wrong isolation level.
  std::unique_ptr<sql::Connection> connection(::get_driver_instance()->connect(options));
  const std::unique_ptr<sql::Statement> statement(connection->createStatement());
  statement->execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");
  statement->execute(
      "SET SESSION time_zone = '+00:00', innodb_lock_wait_timeout = 2, lock_wait_timeout = 2, "
      "sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO'");
  round_trips_ += 3;
  connection_ = std::move(connection);
  host_ = host;
  anchor_clock();
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

void Session::connect_to_any() {
  const std::size_t count = std::max<std::size_t>(url_.hosts.size(), 1);
  const std::size_t first = std::exchange(first_host_, 0);
  std::optional<std::size_t> read_only;
  for (std::size_t i = 0; i < count; ++i) {
    try {
      connect_to((first + i) % count);
      if (count == 1 || !is_read_only_) return;
      if (!read_only) read_only = host_;
    } catch (const sql::SQLException&) {
      if (i + 1 == count && !read_only) throw;
    }
    disconnect();
  }
  connect_to(*read_only);
}

// Before the next use another host is looked for, where there are several: this one may have handed
// over.
void Session::leave_read_only_host() noexcept {
  if (url_.hosts.size() > 1 && steady_ms() >= stays_read_only_until_ms_) disconnect();
}

void Session::leave_host_after(int code) noexcept {
  // It lets everybody in, and would be taken again.
  if (code == kNotInCluster) first_host_ = host_ + 1;
  if (means_read_only(code)) leave_read_only_host();
  if (connection_is_dead(code)) disconnect();
}

}  // namespace concert
