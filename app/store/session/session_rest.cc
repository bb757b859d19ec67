// What a session does between two requests: all sessions write to one host.
#include <cppconn/connection.h>
#include <cppconn/exception.h>
#include <cppconn/prepared_statement.h>
#include <cppconn/resultset.h>
#include <cppconn/statement.h>
#include <fmt/format.h>

#include <utility>

#include "base/log.h"
#include "base/steady_clock.h"
#include "store/session/host_choice.h"
#include "store/session/session.h"

namespace concert {
namespace {

constexpr std::int64_t kRest_ms = 1000;
constexpr int kLookTimeout_s = 1;
// A look at a host that hangs costs up to a second of a worker: then none is made for so many times
// as long.
constexpr std::int64_t kLookHang_ms = 500;
constexpr std::int64_t kPauseFactor = 30;
// Every such look sees also whether this program's account is at work on another host.
constexpr std::int64_t kSplitLooks = 10;
// One such look alone may meet the workers on their way from one host to another.
constexpr std::int64_t kSurelySplit = 2;

}  // namespace

// What a look at another host tells.
struct Session::Sight {
  bool is_usable = false;
  bool has_our_account = false;
};

// Without a schema: so the looks of other programs are not counted.
Session::Sight Session::look_at(std::size_t host) const {
  Sight sight;
  const std::unique_ptr<sql::Connection> connection = open(host, kLookTimeout_s, "");
  sight.is_usable = ask_host_state(*connection).is_usable() &&
                    concert::has_installation(*connection, url_.database);
  const std::unique_ptr<sql::PreparedStatement> statement(connection->prepareStatement(R"sql(
      SELECT COUNT(*) FROM information_schema.processlist
      WHERE db = ? AND user = SUBSTRING_INDEX(USER(), '@', 1))sql"));
  statement->setString(1, url_.database);
  const std::unique_ptr<sql::ResultSet> rows(statement->executeQuery());
  sight.has_our_account = rows->next() && rows->getInt64(1) > 0;
  return sight;
}

void Session::check_own_host() {
  if (url_.hosts.size() == 1 || !url_.socket.empty()) {
    if (!idles_only_in_transactions_) run_text("DO 0");
    return;
  }
  const HostState state = host_state();
  is_read_only_ = state.is_read_only();
  if (!state.not_ready.empty()) {
    log_warning(
        fmt::format("the database at {} serves no client: {}. Requests go to another host of "
                    "`database_url` that does. Check: concertctl doctor",
                    place(), state.not_ready));
    left_host_ = host_;
    disconnect();
  } else if (is_read_only_) {
    leave_read_only_host();
  }
}

void Session::look_at_others(std::int64_t look) {
  const std::size_t chosen = url_.choice->host();
  const bool looks_at_all = look % kSplitLooks == 0;
  const std::int64_t begun_ms = steady_ms();
  bool is_split = false;
  bool found_earlier = false;
  for (std::size_t host = 0; host < url_.hosts.size(); ++host) {
    if (host == chosen || (host > chosen && !looks_at_all)) continue;
    try {
      const Sight sight = look_at(host);
      is_split = is_split || sight.has_our_account;
      if (found_earlier || host > chosen || !sight.is_usable) continue;
      found_earlier = true;
      if (url_.choice->saw_ready(host)) break;
    } catch (const sql::SQLException&) {
      // It is away, and is looked at again.
    }
  }
  if (!found_earlier) url_.choice->saw_none_ready();
  if (looks_at_all) note_split(is_split);
  const std::int64_t taken_ms = steady_ms() - begun_ms;
  if (taken_ms >= kLookHang_ms) url_.choice->postpone_look(kPauseFactor * taken_ms);
}

void Session::note_split(bool is_split) {
  const std::int64_t looks = url_.choice->saw_split(is_split);
  if (looks < kSurelySplit) return;
  if (metrics_ != nullptr) metrics_->add(Metrics::database_split_checks);
  if (looks != kSurelySplit) return;
  log_error(fmt::format(
      "writes are split: this host writes to the database at {}, and other connections of its "
      "account are at another host of `database_url`. Limits may be exceeded, and tokens refused "
      "that are good. Is an application host cut off from a database host, or does its "
      "`database_url` name them in another order? Check: concertctl doctor, on each of them",
      url_.hosts[url_.choice->host()].place()));
}

void Session::go_with_others() {
  if (!connection_ || is_read_only_ || url_.choice->host() == host_) return;
  const std::string left = place();
  disconnect();
  connect();
  if (metrics_ != nullptr) metrics_->add(Metrics::database_moves);
  log_info(fmt::format(
      "the session moved from the database at {} to {}, like all sessions of this host.", left,
      place()));
}

void Session::rest() noexcept {
  if (in_transaction_ || steady_ms() < next_rest_ms_) return;
  next_rest_ms_ = steady_ms() + kRest_ms;
  try {
    // The server reads the rights on a schema only for a new connection.
    if (std::exchange(has_lacked_right_, false)) disconnect();
    if (connection_) check_own_host();
    if (!url_.choice) return;
    if (const std::int64_t look = url_.choice->claim_look()) look_at_others(look);
    go_with_others();
  } catch (const std::exception&) {
    return;  // the next request connects, and says what is wrong
  }
}

}  // namespace concert
