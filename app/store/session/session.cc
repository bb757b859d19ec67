#include "store/session/session.h"

#include <cppconn/connection.h>
#include <cppconn/exception.h>
#include <cppconn/prepared_statement.h>
#include <cppconn/resultset.h>
#include <cppconn/statement.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "base/steady_clock.h"
#include "domain/check.h"
#include "store/session/errors.h"
#include "store/session/host_choice.h"

namespace concert {
namespace {

// Carries the trace of its request, in the form that tools know.
std::string with_trace(const std::string& sql) {
  const auto& trace = trace_of_request();
  return trace ? fmt::format("{} /*traceparent='{}'*/", sql, trace->text()) : sql;
}

}  // namespace

Session::Session(DatabaseUrl url, Metrics* metrics, std::int64_t slow_ms, int timeout_s)
    : url_(std::move(url)), metrics_(metrics), slow_ms_(slow_ms), timeout_s_(timeout_s) {
  if (url_.hosts.size() > 1 && !url_.choice) url_.choice = std::make_shared<HostChoice>();
}
Session::~Session() { disconnect(); }

void Session::anchor_clock() {
  static const std::string now = "SELECT NOW(3), CONNECTION_ID()";
  const std::unique_ptr<sql::Statement> statement(connection_->createStatement());
  const SlowWatch watch = watch_of(now);
  const std::unique_ptr<sql::ResultSet> rows(statement->executeQuery(now));
  check(rows->next(), "the database knows the time");
  clock_ = Instant::parse_sql(std::string(rows->getString(1)));
  connection_id_ = rows->getInt64(2);
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
  } else if (steady_ms() - clock_steady_ms_ > kGoodFor_ms) {
    anchor_clock_again();
  }
  return *clock_ + (steady_ms() - clock_steady_ms_);
}

Instant Session::asked_now() {
  // Less than the second between two looks of a worker, so that each look asks.
  constexpr std::int64_t kBetweenQuestions_ms = 500;
  const std::int64_t steady = steady_ms();
  if (clock_ && steady - clock_asked_ms_ >= kBetweenQuestions_ms) {
    clock_asked_ms_ = steady;
    anchor_clock_again();
  }
  return now();
}

void Session::anchor_clock_again() {
  if (!connection_ || in_transaction_) return;
  // An estimate of an hour ago is still better than no answer while the database is away.
  try {
    guarded([&] { anchor_clock(); });
  } catch (const DatabaseUnavailable&) {
    log_warning("the database did not tell the time; going on by this host's monotonic clock.");
  }
}

SlowWatch Session::watch_of(const std::string& sql) const {
  return {sql, slow_ms_, connection_id_, metrics_};
}

void Session::count_round_trip() {
  ++round_trips_;
  last_said_ms_ = steady_ms();
  if (metrics_ != nullptr) metrics_->add(Metrics::database_round_trips);
}

void Session::count_retry() {
  if (metrics_ != nullptr) metrics_->add(Metrics::transaction_retries);
}

template <class Call>
auto Session::guarded(Call call) -> decltype(call()) {
  try {
    return call();
  } catch (const sql::SQLException& error) {
    fail(error);
  }
}

// With a trace it is another text each time: kept, there would be ever more of them.
Session::Statement Session::prepare_traced(const std::string& sql,
                                           const std::vector<Value>& values) {
  const std::string text = with_trace(sql);
  if (observer_) observer_(text, values);
  Statement statement(connection_->prepareStatement(text));
  count_round_trip();
  return statement;
}

Session::Statement Session::prepare_kept(const std::string& sql, const std::vector<Value>& values) {
  if (observer_) observer_(sql, values);
  Statement& statement = statements_[sql];
  if (!statement) {
    try {
      statement.reset(connection_->prepareStatement(sql));
    } catch (...) {
      statements_.erase(sql);
      throw;
    }
    count_round_trip();
  }
  return statement;
}

Session::Statement Session::prepare(const std::string& sql, const std::vector<Value>& values) {
  const auto& trace = trace_of_request();
  Statement statement =
      trace && trace->is_sampled() ? prepare_traced(sql, values) : prepare_kept(sql, values);
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
  return statement;
}

// Runs `call` on a live connection. Where the connection turns out to be dead and no transaction
// is open, nothing can have been done: it reconnects and retries once.
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
  return with_second_try(was_connected && !in_transaction_, [&] {
    return guarded([&] {
      if (!connection_) connect();
      const SlowWatch watch = watch_of(sql);
      const Statement statement = prepare(sql, values);
      count_round_trip();
      return Rows(statement, std::unique_ptr<sql::ResultSet>(statement->executeQuery()));
    });
  });
}

// Where the server ends any connection that is idle for long, a write would be the first to learn
// of it, and is not made again by itself.
void Session::wake_connection() {
  if (idles_only_in_transactions_ || in_transaction_ || !connection_) return;
  if (steady_ms() - last_said_ms_ < 1000 * kIdle_s / 2) return;
  with_second_try(true, [&] { run_text("DO 0"); });
}

std::uint64_t Session::execute(const std::string& sql, const std::vector<Value>& values) {
  wake_connection();
  return guarded([&]() -> std::uint64_t {
    if (!connection_) connect();
    const SlowWatch watch = watch_of(sql);
    const Statement statement = prepare(sql, values);
    count_round_trip();
    return static_cast<std::uint64_t>(std::max(0, statement->executeUpdate()));
  });
}

std::int64_t Session::last_insert_id() {
  auto rows = query("SELECT LAST_INSERT_ID()");
  check(rows.next(), "the last id has a row");
  return rows.number(1);
}

HostState Session::host_state() {
  return guarded([&] {
    if (!connection_) connect();
    count_round_trip();
    return ask_host_state(*connection_);
  });
}

bool Session::has_installation() {
  return guarded([&] {
    if (!connection_) connect();
    count_round_trip();
    return concert::has_installation(*connection_, url_.database);
  });
}

void Session::run_text(const std::string& sql) {
  if (observer_) observer_(sql, {});
  guarded([&] {
    if (!connection_) connect();
    const std::unique_ptr<sql::Statement> statement(connection_->createStatement());
    const SlowWatch watch = watch_of(sql);
    count_round_trip();
    statement->execute(sql);
  });
}

void Session::connect_with_idle_limit(int time_s) {
  guarded([&] {
    if (!connection_) connect();
    if (connection_) limit_idle(time_s);
  });
}

void Session::begin() {
  check(!in_transaction_, "transactions do not nest");
  with_second_try(connection_ != nullptr, [&] {
    connect_with_idle_limit(kIdle_s);
    run_text(with_trace("START TRANSACTION"));
  });
  in_transaction_ = true;
}

void Session::begin_snapshot() {
  check(!in_transaction_, "transactions do not nest");
  with_second_try(connection_ != nullptr, [&] {
    connect_with_idle_limit(kIdleSnapshot_s);
    run_text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
    run_text("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY");
  });
  in_transaction_ = true;
}

void Session::commit() {
  check(in_transaction_, "there is a transaction to commit");
  if (!connection_) {
    in_transaction_ = false;
    fail_lost();
  }
  try {
    run_text(with_trace("COMMIT"));
    in_transaction_ = false;
  } catch (const DatabaseUnavailable& error) {
    in_transaction_ = false;
    disconnect();
    throw OutcomeUnknown(error.what());
  }
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
