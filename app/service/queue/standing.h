#pragma once

#include <random>

#include "service/access/token_text.h"
#include "service/backend.h"

namespace concert {

// What a user is told about a token.
struct TokenAnswer {
  std::string token;
  UserId user;
  TokenState status = TokenState::waiting;  // waiting or active
  std::int64_t position = 0;
  std::optional<std::int64_t> estimated_wait_s;
  std::int64_t poll_after_s = 1;
  Instant expires_at;
};

// Tells users where they stand: signs the text of today's state and computes the place in line.
class Standing {
 public:
  Standing(Backend& backend, const TokenText& text) : backend_(backend), text_(text) {}

  TokenAnswer active(const Token& token, Instant now);

  // `position`: the users ahead plus one. `told`: the last position told, 0 if none; a position
  // never grows.
  TokenAnswer waiting(const Token& token, std::int64_t position, std::int64_t told,
                      const LineState& line, Instant now);

  // The position at a cost that does not grow with the line, from the database: it may be ahead of
  // what is published.
  TokenAnswer waiting_by_database(const Token& token, std::int64_t told, Instant now);

  // The line as it was published, else as the database has it.
  LineState line(QueueId queue);
  // The line as the database has it, without who left it.
  LineState line_by_database(const QueueRow& row, QueueId queue);

  // Whether `place` has a line that may be believed at `now`, by the token of the place `seq` that
  // was issued at `issued`.
  static bool is_published(const CachedPlace& place, std::int64_t seq, Instant issued, Instant now);

  // The database's time for a caller that read `place`. Where its line cannot be believed by the
  // time as estimated (nobody publishes, or the clock was set), asks for it, once in a second.
  Instant now_beside(const CachedPlace& place);

  // The position that follows from the published line, where memcached knows all that it takes.
  static std::optional<std::int64_t> cached_position(const CachedPlace& place, std::int64_t seq);

  // The same where memcached lacks some of it: asks the database, and mends what memcached lost.
  // `place` has a line. Nothing if that does not tell of the place.
  std::optional<std::int64_t> mended_position(CachedPlace place, const Token& token, Instant now);

 private:
  static std::optional<std::int64_t> position(const CachedPlace& place, std::int64_t seq,
                                              const BlockVacancies& vacant);
  static std::optional<BlockVacancies> vacancies(const CachedPlace& place, std::int64_t seq);
  BlockVacancies mended_vacancies(CachedPlace& place, std::int64_t seq, Instant at);
  void mend_block(CachedPlace& place, const Token& token, Instant at);
  double jitter();

  Backend& backend_;
  const TokenText& text_;
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace concert
