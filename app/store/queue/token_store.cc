#include "store/queue/token_store.h"

#include <fmt/format.h>

#include "domain/check.h"
#include "store/queue/queue_store.h"
#include "store/session/placeholders.h"

namespace concert {
namespace {

// The columns of a token `t`, of what stands beside it, and the time, as read_token() and
// read_now() take them: each statement that reads whole tokens selects them first. Column 16 is the
// time; its own columns begin at 17.
constexpr char kToken[] =
    "t.token_id, t.queue_id, t.user_id, t.seq, t.state, t.joined_position, t.issued_at, "
    "t.expires_at, t.ended_at, COALESCE(t.readmitted_at, t.admitted_at), t.unclaimed";
constexpr char kBesideToken[] =
    "o.opens_at, o.waits_until, o.waiting_count + o.returned_count > 0, r.token_id IS NOT NULL, "
    "NOW(3)";
constexpr char kFromToken[] =
    "token t JOIN queue o ON o.queue_id = t.queue_id "
    "LEFT JOIN token_return r ON r.token_id = t.token_id AND r.is_waiting = 1";
// The same for a statement that locks the token, and must not lock what stands beside it.
constexpr char kBesideLockedToken[] =
    "(SELECT o.opens_at FROM queue o WHERE o.queue_id = t.queue_id), "
    "(SELECT o.waits_until FROM queue o WHERE o.queue_id = t.queue_id), "
    "(SELECT o.waiting_count + o.returned_count > 0 FROM queue o WHERE o.queue_id = t.queue_id), "
    "EXISTS (SELECT 1 FROM token_return r WHERE r.token_id = t.token_id AND r.is_waiting = 1), "
    "NOW(3)";
constexpr std::uint32_t kNow = 16;
constexpr std::uint32_t kOwn = 17;

Token read_token(const Rows& rows, const TokenLife& life) {
  Token token;
  token.id = TokenId{rows.number(1)};
  token.queue = QueueId{rows.number(2)};
  token.user = rows.user(3);
  // The column joined_position is 0, and seq NULL, of a token that was active at once.
  if (!rows.is_null(4)) {
    token.seq = rows.number(4);
    token.joined_position = rows.number(6);
  }
  token.state = token_state(rows.text(5));
  token.issued_at = rows.instant(7);
  token.expires_at = rows.instant(8);
  token.counted_from = token.issued_at;
  if (!rows.is_null(10)) {
    token.admitted_at = rows.instant(10);
    token.visit_end = life.visit_end(*token.admitted_at);
  }
  token.is_unclaimed = rows.number(11) != 0;
  token.is_of_opening = !rows.is_null(12);
  if (token.is_of_opening) token.counted_from = std::max(token.issued_at, rows.instant(12));
  token.is_awaited = rows.number(14) != 0;
  token.has_returned = rows.number(15) != 0;
  if (token.state == TokenState::waiting) {
    if (!rows.is_null(13) && !token.admitted_at)
      token.expires_at = std::max(token.expires_at, rows.instant(13));
    token.expires_at = life.wait_end(token.expires_at, token.counted_from);
  }
  if (!rows.is_null(9)) token.ended_at = rows.instant(9);
  return token;
}

std::optional<TokenNow> read_now(Rows rows, const TokenLife& life) {
  if (!rows.next()) return std::nullopt;
  return TokenNow{read_token(rows, life), rows.instant(kNow)};
}

}  // namespace

JoinOutlook TokenStore::outlook(QueueId queue, const UserId& user) {
  auto rows = session_.query(fmt::format(R"sql(
      SELECT {}, {}, u.user_id, o.waiting_count + o.returned_count, o.active_count, o.active_limit, o.admit_per_pass, o.paused,
        o.active_share, {}
      FROM queue o LEFT JOIN user u ON u.user_id = ?
        LEFT JOIN token t ON t.queue_id = o.queue_id AND t.live_user_id = u.user_id
        LEFT JOIN token_return r ON r.token_id = t.token_id AND r.is_waiting = 1
      WHERE o.queue_id = ?)sql",
                                         kToken, kBesideToken, kOpeningColumns),
                             {user, queue});
  check(rows.next(), "the queue exists");
  JoinOutlook outlook;
  if (!rows.is_null(1)) outlook.live = read_token(rows, life_);
  outlook.now = rows.instant(kNow);
  outlook.user_exists = !rows.is_null(kOwn);
  outlook.nobody_waits = rows.number(kOwn + 1) == 0;
  outlook.active_count = rows.number(kOwn + 2);
  if (!rows.is_null(kOwn + 3)) outlook.set.active_limit = rows.number(kOwn + 3);
  if (!rows.is_null(kOwn + 4)) outlook.set.admit_per_pass = rows.number(kOwn + 4);
  outlook.paused = rows.number(kOwn + 5) != 0;
  if (!rows.is_null(kOwn + 6)) outlook.active_share = rows.number(kOwn + 6);
  outlook.opening = read_opening(rows, kOwn + 7);
  return outlook;
}

void TokenStore::insert_newest(QueueId queue, const UserId& user, std::int64_t waiting_ms) {
  session_.execute(R"sql(
      INSERT INTO token (queue_id, user_id, seq, state, joined_position, issued_at, admitted_at, expires_at)
      SELECT q.queue_id, ?,
             CASE WHEN q.newest_is_active = 1 THEN NULL ELSE q.last_seq END,
             CASE WHEN q.newest_is_active = 1 THEN 'ACTIVE' ELSE 'WAITING' END,
             CASE WHEN q.newest_is_active = 1 THEN 0 ELSE q.waiting_count END,
             NOW(3),
             CASE WHEN q.newest_is_active = 1 THEN NOW(3) END,
             CASE WHEN q.newest_is_active = 1 THEN NOW(3) + INTERVAL ? MICROSECOND
                  ELSE GREATEST(NOW(3), COALESCE(q.opens_at, NOW(3))) + INTERVAL ? MICROSECOND END
      FROM queue q WHERE q.queue_id = ?)sql",
                   {user, life_.written_ahead_ms() * 1000, waiting_ms * 1000, queue});
}

std::optional<TokenNow> TokenStore::newest() {
  return read_now(session_.query(fmt::format(R"sql(
      SELECT {}, {} FROM {} WHERE t.token_id = LAST_INSERT_ID())sql",
                                             kToken, kBesideToken, kFromToken)),
                  life_);
}

std::optional<TokenNow> TokenStore::find(TokenId id) {
  return read_now(session_.query(fmt::format(R"sql(
      SELECT {}, {} FROM {} WHERE t.token_id = ?)sql",
                                             kToken, kBesideToken, kFromToken),
                                 {id}),
                  life_);
}

std::optional<TokenNow> TokenStore::live(QueueId queue, const UserId& user) {
  return read_now(session_.query(fmt::format(R"sql(
      SELECT {}, {} FROM {} WHERE t.queue_id = ? AND t.live_user_id = ?)sql",
                                             kToken, kBesideToken, kFromToken),
                                 {queue, user}),
                  life_);
}

std::vector<TokenNow> TokenStore::live(const UserId& user) {
  std::vector<TokenNow> found;
  for (const QueueId queue : QueueStore(session_).ids()) {
    if (const auto token = live(queue, user)) found.push_back(*token);
  }
  return found;
}

std::optional<LockedToken> TokenStore::lock(TokenId id) {
  auto rows = session_.query(fmt::format(R"sql(
      SELECT {}, {}, u.balance, u.entry_count
      FROM token t JOIN user u ON u.user_id = t.user_id
      WHERE t.token_id = ? FOR UPDATE)sql",
                                         kToken, kBesideLockedToken),
                             {id});
  if (!rows.next()) return std::nullopt;
  return LockedToken{read_token(rows, life_), Account{rows.number(kOwn), rows.number(kOwn + 1)},
                     rows.instant(kNow)};
}

bool TokenStore::extend(TokenId id, Instant end) {
  return session_.execute(R"sql(
      UPDATE token SET expires_at = GREATEST(expires_at, ?), unclaimed = 0
      WHERE token_id = ? AND state = 'ACTIVE' AND expires_at > NOW(3))sql",
                          {end, id}) == 1;
}

bool TokenStore::extend_with_user(TokenId id, Instant end) {
  // What is set to itself is locked, and does not count as changed.
  return session_.execute(R"sql(
      UPDATE token t JOIN user u ON u.user_id = t.user_id
      SET t.expires_at = GREATEST(t.expires_at, ?), t.unclaimed = 0, u.entry_count = u.entry_count
      WHERE t.token_id = ? AND t.state = 'ACTIVE' AND t.expires_at > NOW(3))sql",
                          {end, id}) == 1;
}

bool TokenStore::end_active(TokenId id, TokenState as, std::int64_t seats) {
  constexpr std::uint64_t kTokenAndQueue = 2;
  return session_.execute(R"sql(
      UPDATE token t JOIN queue q ON q.queue_id = t.queue_id
      SET t.state = ?, t.ended_at = NOW(3), q.active_count = q.active_count - 1,
          q.visit_count = q.visit_count + 1, q.visit_seat_count = q.visit_seat_count + ?
      WHERE t.token_id = ? AND t.state = 'ACTIVE')sql",
                          {to_text(as), seats, id}) == kTokenAndQueue;
}

std::vector<LapsedToken> TokenStore::lock_lapsed_active(QueueId queue, std::int64_t limit) {
  auto rows = session_.query(R"sql(
      SELECT token_id, issued_at, unclaimed FROM token
      WHERE queue_id = ? AND state = 'ACTIVE' AND expires_at <= NOW(3)
      ORDER BY expires_at LIMIT ? FOR UPDATE SKIP LOCKED)sql",
                             {queue, limit});
  std::vector<LapsedToken> lapsed;
  while (rows.next())
    lapsed.push_back({{TokenId{rows.number(1)}, rows.instant(2)}, rows.number(3) != 0});
  return lapsed;
}

std::uint64_t TokenStore::expire(const std::vector<TokenId>& ids) {
  const auto list = padded(ids);
  return session_.execute(fmt::format(R"sql(
      UPDATE token SET state = 'EXPIRED', ended_at = NOW(3)
      WHERE token_id IN ({}) AND state IN ('WAITING', 'ACTIVE'))sql",
                                      placeholders(list.size())),
                          {list.begin(), list.end()});
}

TokenId TokenStore::newest_id() {
  auto rows = session_.query("SELECT COALESCE(MAX(token_id), 0) FROM token");
  check(rows.next(), "a maximum has a row");
  return TokenId{rows.number(1)};
}

TokenStore::Ends TokenStore::ends(const std::optional<LastEnd>& known) {
  auto rows = session_.query(R"sql(
      SELECT token_id, ended_at, (SELECT k.ended_at FROM token k WHERE k.token_id = ?) FROM token
      WHERE ended_at IS NOT NULL ORDER BY ended_at DESC, token_id DESC LIMIT 1)sql",
                             {known.value_or(LastEnd{}).token});
  if (!rows.next()) return {std::nullopt, !known};
  const bool has_known = !known || (!rows.is_null(3) && rows.instant(3) == known->at);
  return {LastEnd{TokenId{rows.number(1)}, rows.instant(2)}, has_known};
}

std::uint64_t TokenStore::prune(QueueId queue, Instant before, std::int64_t first_kept_seq,
                                std::int64_t limit) {
  return session_.execute(R"sql(
      DELETE FROM token WHERE ended_at < ? AND queue_id = ? AND (seq IS NULL OR seq < ?)
      ORDER BY ended_at LIMIT ?)sql",
                          {before, queue, first_kept_seq, limit});
}

namespace {

// Rows of records_token_id, user_id, issued_at, NOW(3), and columns of their own.
constexpr std::uint32_t kAccount = 5;

TokenNow read_records_token(const Rows& rows) {
  Token token;
  token.id = TokenId{rows.number(1)};
  token.user = rows.user(2);
  token.state = TokenState::records;
  token.issued_at = rows.instant(3);
  token.counted_from = token.issued_at;
  token.expires_at = token.issued_at + kLongestTokenLife_ms;
  return {token, rows.instant(4)};
}

}  // namespace

TokenNow RecordsTokenStore::insert(const UserId& user) {
  session_.execute(R"sql(
      INSERT INTO records_token (user_id, issued_at) VALUES (?, NOW(3)))sql",
                   {user});
  const auto made = find(TokenId{session_.last_insert_id()});
  check(made.has_value(), "a token can be read in the transaction that wrote it");
  return *made;
}

std::optional<TokenNow> RecordsTokenStore::find(TokenId id) {
  auto rows = session_.query(R"sql(
      SELECT records_token_id, user_id, issued_at, NOW(3) FROM records_token
      WHERE records_token_id = ? AND ended_at IS NULL)sql",
                             {id});
  if (!rows.next()) return std::nullopt;
  return read_records_token(rows);
}

std::optional<LockedToken> RecordsTokenStore::lock(TokenId id) {
  auto rows = session_.query(R"sql(
      SELECT r.records_token_id, r.user_id, r.issued_at, NOW(3), u.balance, u.entry_count
      FROM records_token r JOIN user u ON u.user_id = r.user_id
      WHERE r.records_token_id = ? AND r.ended_at IS NULL FOR UPDATE)sql",
                             {id});
  if (!rows.next()) return std::nullopt;
  const TokenNow found = read_records_token(rows);
  return LockedToken{found.token, Account{rows.number(kAccount), rows.number(kAccount + 1)},
                     found.now};
}

void RecordsTokenStore::end(const TokenIssue& issue, const UserId& user) {
  session_.execute(R"sql(
      UPDATE records_token SET ended_at = NOW(3)
      WHERE records_token_id = ? AND user_id = ? AND issued_at = ? AND ended_at IS NULL)sql",
                   {issue.id, user, issue.issued_at});
}

std::uint64_t RecordsTokenStore::prune(std::int64_t limit) {
  return session_.execute(R"sql(
      DELETE FROM records_token WHERE issued_at < NOW(3) - INTERVAL ? MICROSECOND
      ORDER BY issued_at LIMIT ?)sql",
                          {kLongestTokenLife_ms * 1000, limit});
}

}  // namespace concert
