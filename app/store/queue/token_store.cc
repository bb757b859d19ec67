#include "store/queue/token_store.h"

#include <fmt/format.h>

#include "domain/check.h"
#include "store/session/placeholders.h"

namespace concert {
namespace {

constexpr std::uint32_t kAfterToken = 10;

// Rows of token_id, seq, expires_at, issued_at.
std::vector<EndedWait> read_ended(Rows rows) {
  std::vector<EndedWait> ended;
  while (rows.next()) {
    ended.push_back({TokenId{rows.number(1)}, rows.number(2), rows.instant(3), rows.instant(4)});
  }
  return ended;
}

}  // namespace

// Reads token_id, queue_id, user_id, seq, state, joined_position, issued_at, expires_at, ended_at.
Token TokenStore::read_token(const Rows& rows) const {
  Token token;
  token.id = TokenId{rows.number(1)};
  token.queue = QueueId{rows.number(2)};
  token.user = rows.user(3);
  token.seq = rows.is_null(4) ? 0 : rows.number(4);
  token.state = token_state(rows.text(5));
  token.joined_position = rows.number(6);
  token.issued_at = rows.instant(7);
  token.expires_at = rows.instant(8);
  if (token.state == TokenState::waiting)
    token.expires_at = life_.wait_end(token.expires_at, token.issued_at);
  if (!rows.is_null(9)) token.ended_at = rows.instant(9);
  return token;
}

JoinOutlook TokenStore::outlook(QueueId queue, const UserId& user) {
  auto rows = session_.query(R"sql(
      SELECT t.token_id, t.queue_id, t.user_id, t.seq, t.state, t.joined_position, t.issued_at, t.expires_at,
             t.ended_at, NOW(3), u.user_id, q.waiting_count, q.active_count, q.active_limit,
             q.paused
      FROM queue q LEFT JOIN user u ON u.user_id = ?
        LEFT JOIN token t ON t.queue_id = q.queue_id AND t.live_user_id = u.user_id
      WHERE q.queue_id = ?)sql",
                             {user, queue});
  check(rows.next(), "the queue exists");
  JoinOutlook outlook;
  if (!rows.is_null(1)) outlook.live = read_token(rows);
  outlook.now = rows.instant(kAfterToken);
  outlook.user_exists = !rows.is_null(kAfterToken + 1);
  outlook.nobody_waits = rows.number(kAfterToken + 2) == 0;
  outlook.active_count = rows.number(kAfterToken + 3);
  if (!rows.is_null(kAfterToken + 4)) outlook.active_limit = rows.number(kAfterToken + 4);
  outlook.paused = rows.number(kAfterToken + 5) != 0;
  return outlook;
}

void TokenStore::insert_newest(QueueId queue, const UserId& user, std::int64_t active_ms,
                               std::int64_t waiting_ms) {
  session_.execute(R"sql(
      INSERT INTO token (queue_id, user_id, seq, state, joined_position, issued_at, admitted_at, expires_at)
      SELECT q.queue_id, ?,
             CASE WHEN q.newest_is_active = 1 THEN NULL ELSE q.last_seq END,
             CASE WHEN q.newest_is_active = 1 THEN 'ACTIVE' ELSE 'WAITING' END,
             CASE WHEN q.newest_is_active = 1 THEN 0 ELSE q.waiting_count END,
             NOW(3),
             CASE WHEN q.newest_is_active = 1 THEN NOW(3) END,
             NOW(3) + INTERVAL CASE WHEN q.newest_is_active = 1 THEN ? ELSE ? END MICROSECOND
      FROM queue q WHERE q.queue_id = ?)sql",
                   {user, active_ms * 1000, waiting_ms * 1000, queue});
}

std::optional<TokenNow> TokenStore::newest() {
  auto rows = session_.query(R"sql(
      SELECT token_id, queue_id, user_id, seq, state, joined_position, issued_at, expires_at, ended_at, NOW(3)
      FROM token WHERE token_id = LAST_INSERT_ID())sql");
  if (!rows.next()) return std::nullopt;
  return TokenNow{read_token(rows), rows.instant(kAfterToken)};
}

std::optional<TokenNow> TokenStore::find(TokenId id) {
  auto rows = session_.query(R"sql(
      SELECT token_id, queue_id, user_id, seq, state, joined_position, issued_at, expires_at, ended_at, NOW(3)
      FROM token WHERE token_id = ?)sql",
                             {id});
  if (!rows.next()) return std::nullopt;
  return TokenNow{read_token(rows), rows.instant(kAfterToken)};
}

std::optional<TokenNow> TokenStore::live(QueueId queue, const UserId& user) {
  auto rows = session_.query(R"sql(
      SELECT token_id, queue_id, user_id, seq, state, joined_position, issued_at, expires_at, ended_at, NOW(3)
      FROM token WHERE queue_id = ? AND live_user_id = ?)sql",
                             {queue, user});
  if (!rows.next()) return std::nullopt;
  return TokenNow{read_token(rows), rows.instant(kAfterToken)};
}

std::optional<LockedToken> TokenStore::lock(TokenId id) {
  auto rows = session_.query(R"sql(
      SELECT t.token_id, t.queue_id, t.user_id, t.seq, t.state, t.joined_position, t.issued_at, t.expires_at,
             t.ended_at, NOW(3), u.balance, u.entry_count
      FROM token t JOIN user u ON u.user_id = t.user_id
      WHERE t.token_id = ? FOR UPDATE)sql",
                             {id});
  if (!rows.next()) return std::nullopt;
  return LockedToken{read_token(rows),
                     Account{rows.number(kAfterToken + 1), rows.number(kAfterToken + 2)},
                     rows.instant(kAfterToken)};
}

bool TokenStore::extend(TokenId id, Instant end) {
  return session_.execute(R"sql(
      UPDATE token SET expires_at = GREATEST(expires_at, ?)
      WHERE token_id = ? AND state = 'ACTIVE' AND expires_at > NOW(3))sql",
                          {end, id}) == 1;
}

bool TokenStore::end_active(TokenId id, TokenState as) {
  constexpr std::uint64_t kTokenAndQueue = 2;
  return session_.execute(R"sql(
      UPDATE token t JOIN queue q ON q.queue_id = t.queue_id
      SET t.state = ?, t.ended_at = NOW(3), q.active_count = q.active_count - 1
      WHERE t.token_id = ? AND t.state = 'ACTIVE')sql",
                          {to_text(as), id}) == kTokenAndQueue;
}

bool TokenStore::end_waiting(TokenId id, TokenState as) {
  return session_.execute(R"sql(
      UPDATE token SET state = ?, ended_at = NOW(3) WHERE token_id = ? AND state = 'WAITING')sql",
                          {to_text(as), id}) == 1;
}

std::vector<TokenIssue> TokenStore::lock_lapsed_active(QueueId queue, std::int64_t limit) {
  auto rows = session_.query(R"sql(
      SELECT token_id, issued_at FROM token
      WHERE queue_id = ? AND state = 'ACTIVE' AND expires_at <= NOW(3)
      ORDER BY expires_at LIMIT ? FOR UPDATE SKIP LOCKED)sql",
                             {queue, limit});
  std::vector<TokenIssue> lapsed;
  while (rows.next()) lapsed.push_back({TokenId{rows.number(1)}, rows.instant(2)});
  return lapsed;
}

std::vector<EndedWait> TokenStore::lock_lapsed_waiting(QueueId queue, std::int64_t limit) {
  auto rows = session_.query(R"sql(
      SELECT token_id, seq, expires_at, issued_at FROM token
      WHERE queue_id = ? AND state = 'WAITING' AND expires_at <= NOW(3)
      ORDER BY expires_at LIMIT ? FOR UPDATE)sql",
                             {queue, limit});
  return read_ended(std::move(rows));
}

std::vector<EndedWait> TokenStore::lapsed_waiting(QueueId queue, Range places, std::int64_t limit) {
  return read_ended(session_.query(R"sql(
      SELECT token_id, seq, expires_at, issued_at FROM token FORCE INDEX (token_place)
      WHERE queue_id = ? AND seq BETWEEN ? AND ? AND state = 'WAITING'
        AND (expires_at <= NOW(3) OR issued_at <= NOW(3) - INTERVAL ? MICROSECOND)
      ORDER BY seq LIMIT ?)sql",
                                   {queue, places.first, places.last, longest_wait_us(), limit}));
}

bool TokenStore::somebody_waits(QueueId queue) {
  return session_
      .query(R"sql(
      SELECT token_id FROM token FORCE INDEX (token_expiry)
      WHERE queue_id = ? AND state = 'WAITING' AND expires_at > NOW(3)
        AND issued_at > NOW(3) - INTERVAL ? MICROSECOND LIMIT 1)sql",
             {queue, longest_wait_us()})
      .next();
}

std::uint64_t TokenStore::expire(const std::vector<TokenId>& ids) {
  const auto list = padded(ids);
  return session_.execute(fmt::format(R"sql(
      UPDATE token SET state = 'EXPIRED', ended_at = NOW(3)
      WHERE token_id IN ({}) AND state IN ('WAITING', 'ACTIVE'))sql",
                                      placeholders(list.size())),
                          {list.begin(), list.end()});
}

std::uint64_t TokenStore::admit(QueueId queue, Range places, std::int64_t count,
                                std::int64_t active_ms) {
  // Left to itself, MariaDB sorts everybody who waits.
  return session_.execute(
      R"sql(
      UPDATE token FORCE INDEX (token_place)
      SET state = 'ACTIVE', admitted_at = NOW(3),
          expires_at = LEAST(NOW(3) + INTERVAL ? MICROSECOND, issued_at + INTERVAL ? MICROSECOND)
      WHERE queue_id = ? AND seq BETWEEN ? AND ? AND state = 'WAITING' AND expires_at > NOW(3)
        AND issued_at > NOW(3) - INTERVAL ? MICROSECOND
      ORDER BY seq LIMIT ?)sql",
      {active_ms * 1000, kLongestTokenLife_ms * 1000, queue, places.first, places.last,
       longest_wait_us(), count});
}

std::optional<TokenStore::Head> TokenStore::first_waiting(QueueId queue, Range places) {
  auto rows = session_.query(R"sql(
      SELECT seq, expires_at <= NOW(3) OR issued_at <= NOW(3) - INTERVAL ? MICROSECOND
      FROM token FORCE INDEX (token_place)
      WHERE queue_id = ? AND seq BETWEEN ? AND ? AND state = 'WAITING' ORDER BY seq LIMIT 1)sql",
                             {longest_wait_us(), queue, places.first, places.last});
  if (!rows.next()) return std::nullopt;
  return Head{rows.number(1), rows.number(2) != 0};
}

TokenStore::Ends TokenStore::ends(const LastEnd& known) {
  auto rows = session_.query(R"sql(
      SELECT token_id, ended_at, (SELECT k.ended_at FROM token k WHERE k.token_id = ?) FROM token
      WHERE ended_at IS NOT NULL ORDER BY ended_at DESC, token_id DESC LIMIT 1)sql",
                             {TokenId{known.token}});
  if (!rows.next()) return {{}, known.token == 0};
  const bool has_known =
      known.token == 0 || (!rows.is_null(3) && rows.instant(3).ms == known.at_ms);
  return {{rows.number(1), rows.instant(2).ms}, has_known};
}

std::uint64_t TokenStore::prune(Instant before, std::int64_t seq, std::int64_t limit) {
  return session_.execute(R"sql(
      DELETE FROM token WHERE ended_at < ? AND (seq IS NULL OR seq < ?) ORDER BY ended_at LIMIT ?)sql",
                          {before, seq, limit});
}

}  // namespace concert
