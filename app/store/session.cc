#include "store/session.h"

#include <cppconn/driver.h>
#include <cppconn/exception.h>
#include <cppconn/prepared_statement.h>
#include <cppconn/resultset.h>
#include <cppconn/statement.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "base/steady_clock.h"
#include "domain/check.h"
#include "store/error_code.h"
#include "store/errors.h"

namespace concert {
namespace {

constexpr int kConnectTimeout_s = 2;

}  // namespace

Session::Session(DatabaseUrl url, Metrics* metrics, int patience_s)
    : url_(std::move(url)), metrics_(metrics), patience_s_(patience_s) {}
Session::~Session() { disconnect(); }

void Session::disconnect() noexcept {
  // Connector/C++ talks to the server when these end; a server that is gone makes it throw.
  try {
    statements_.clear();
    connection_.reset();
  } catch (...) {
    log_info("the database session ended without a farewell; it was lost before.");
  }
  in_transaction_ = false;
}

void Session::connect_to(const std::string& host, std::uint16_t port) {
  sql::ConnectOptionsMap options;
  options["hostName"] = sql::SQLString(host);
  if (port != 0)
    options["port"] = static_cast<int>(port);  // given a port, it takes a socket for a host
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
}

void Session::connect() {
  disconnect();
  if (!url_.socket.empty()) {
    connect_to("unix://" + url_.socket, 0);
  } else {
    for (std::size_t i = 0; !connection_; ++i) {
      try {
        connect_to("tcp://" + url_.hosts[i].name, url_.hosts[i].port);
      } catch (const sql::SQLException&) {
        connection_.reset();
        if (i + 1 == url_.hosts.size()) throw;
      }
    }
  }
  anchor_clock();
}

void Session::anchor_clock() {
  const std::unique_ptr<sql::Statement> statement(connection_->createStatement());
  const std::unique_ptr<sql::ResultSet> rows(statement->executeQuery("SELECT NOW(3)"));
  check(rows->next(), "the database knows the time");
  clock_ = Instant::parse_sql(std::string(rows->getString(1)));
  clock_steady_ms_ = steady_ms();
  count_round_trip();
}

Instant Session::now() {
  constexpr std::int64_t kGoodFor_ms = 60'000;
  if (!clock_) {
    guarded([&] {
      if (!connection_) connect();
      if (!clock_) anchor_clock();
    });
  } else if (steady_ms() - clock_steady_ms_ > kGoodFor_ms && connection_ && !in_transaction_) {
    // An estimate of an hour ago is still better than no answer while the database is away.
    try {
      guarded([&] { anchor_clock(); });
    } catch (const DatabaseUnavailable&) {
      log_warning("the database did not tell the time; going on by this host's monotonic clock.");
    }
  }
  return *clock_ + (steady_ms() - clock_steady_ms_);
}

void Session::count_round_trip() {
  ++round_trips_;
  if (metrics_ != nullptr) metrics_->add(Metrics::database_round_trips);
}

void Session::count_retry() {
  if (metrics_ != nullptr) metrics_->add(Metrics::transaction_retries);
}

void Session::fail(const sql::SQLException& error) {
  const int code = error.getErrorCode();
  std::string text = fmt::format("{} (error {})", error.what(), code);
  if (means_missing_right(code)) {
    text +=
        "; each program has a database account of its own: check `database_url`, and that "
        "grants.sql was run after the last `concertctl migrate`";
  }
  if (code == kDuplicateKey) throw Duplicate(text);
  if (code == kNoParentRow) throw ParentGone(text);
  if (wants_retry(code) && metrics_ != nullptr) {
    metrics_->add(is_deadlock(code) ? Metrics::database_deadlocks
                                    : Metrics::database_lock_timeouts);
  }
  if (wants_retry(code)) throw RetryTransaction(text);
  if (metrics_ != nullptr) metrics_->add(Metrics::database_errors);
  if (means_changed_already(code)) throw ChangedAlready(text);
  if (!means_unavailable(code)) throw DatabaseError(text);
  if (connection_is_dead(code)) disconnect();
  throw DatabaseUnavailable(
      fmt::format("no answer from the database at {}: {}", url_.place(), text));
}

template <class Call>
auto Session::guarded(Call call) -> decltype(call()) {
  try {
    return call();
  } catch (const sql::SQLException& error) {
    fail(error);
  }
}

sql::PreparedStatement& Session::prepare(const std::string& sql, const std::vector<Value>& values) {
  if (observer_) observer_(sql, values);
  auto& statement = statements_[sql];
  if (!statement) {
    try {
      statement.reset(connection_->prepareStatement(sql));
    } catch (...) {
      statements_.erase(sql);
      throw;
    }
    count_round_trip();
  }
  for (std::uint32_t i = 0; i < values.size(); ++i) {
    const Value& value = values[i];
    if (const auto* number = value.number()) {
      statement->setInt64(i + 1, *number);
    } else if (const auto* text = value.text()) {
      statement->setString(i + 1, *text);
    } else {
      statement->setNull(i + 1, 0);
    }
  }
  return *statement;
}

// Runs `call` on a live connection. Where the connection turns out to be dead and no transaction
// is open, nothing can have been done: it connects anew and tries once more.
template <class Call>
static auto with_second_try(bool may_retry, Call call) -> decltype(call()) {
  if (!may_retry) return call();
  try {
    return call();
  } catch (const DatabaseUnavailable&) {
    return call();
  }
}

Rows Session::query(const std::string& sql, const std::vector<Value>& values) {
  const bool was_connected = connection_ != nullptr;
  check(was_connected || !in_transaction_, "a transaction has a connection");
  return with_second_try(was_connected && !in_transaction_, [&] {
    return guarded([&] {
      if (!connection_) connect();
      auto& statement = prepare(sql, values);
      count_round_trip();
      return Rows(std::unique_ptr<sql::ResultSet>(statement.executeQuery()));
    });
  });
}

std::uint64_t Session::execute(const std::string& sql, const std::vector<Value>& values) {
  return guarded([&]() -> std::uint64_t {
    if (!connection_) connect();
    auto& statement = prepare(sql, values);
    count_round_trip();
    return static_cast<std::uint64_t>(std::max(0, statement.executeUpdate()));
  });
}

std::int64_t Session::last_insert_id() {
  auto rows = query("SELECT LAST_INSERT_ID()");
  check(rows.next(), "the last id has a row");
  return rows.number(1);
}

void Session::run_text(const std::string& sql) {
  if (observer_) observer_(sql, {});
  guarded([&] {
    if (!connection_) connect();
    const std::unique_ptr<sql::Statement> statement(connection_->createStatement());
    count_round_trip();
    statement->execute(sql);
  });
}

void Session::begin() {
  check(!in_transaction_, "transactions do not nest");
  with_second_try(connection_ != nullptr, [&] { run_text("START TRANSACTION"); });
  in_transaction_ = true;
}

void Session::begin_snapshot() {
  check(!in_transaction_, "transactions do not nest");
  with_second_try(connection_ != nullptr, [&] {
    run_text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
    run_text("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY");
  });
  in_transaction_ = true;
}

void Session::commit() {
  check(in_transaction_, "there is a transaction to commit");
  // Whatever the outcome, the transaction is over: a failed commit leaves a lost connection.
  in_transaction_ = false;
  run_text("COMMIT");
}

void Session::rollback() noexcept {
  if (!in_transaction_) return;
  in_transaction_ = false;
  try {
    if (connection_) run_text("ROLLBACK");
  } catch (const std::exception&) {
    disconnect();
  }
}

}  // namespace concert
