#include "store/queue/records_token_store.h"

#include "domain/check.h"

namespace concert {
namespace {

// Rows of records_token_id, user_id, issued_at, NOW(3), and columns of their own.
constexpr std::uint32_t kAccount = 5;

TokenNow read_records_token(const Rows& rows) {
  Token token;
  token.id = TokenId{rows.number(1)};
  token.user = rows.user(2);
  token.state = TokenState::records;
  token.issued_at = rows.instant(3);
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

void RecordsTokenStore::end(TokenId id, const UserId& user) {
  session_.execute(R"sql(
      UPDATE records_token SET ended_at = NOW(3)
      WHERE records_token_id = ? AND user_id = ? AND ended_at IS NULL)sql",
                   {id, user});
}

std::uint64_t RecordsTokenStore::prune(std::int64_t limit) {
  return session_.execute(R"sql(
      DELETE FROM records_token WHERE issued_at < NOW(3) - INTERVAL ? MICROSECOND
      ORDER BY issued_at LIMIT ?)sql",
                          {kLongestTokenLife_ms * 1000, limit});
}

}  // namespace concert
