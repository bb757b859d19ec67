#include "service/queue/expire_tokens.h"

#include "domain/check.h"
#include "store/session/transaction.h"

namespace concert {

bool ExpireTokens::end_wait(const Token& token, TokenState as) {
  check(token.place.has_value(), "a waiting token has a place");
  const std::vector<std::int64_t> places{*token.place};
  Instant now;
  const bool ended = run_transaction(db_, [&] {
    // The queue's row is locked before waiting tokens, as in an admission, so that no two wait for
    // each other.
    now = queues_.lock(token.queue).now;
    if (!tokens_.end_waiting(token.id, as)) return false;
    queues_.add_waiting(token.queue, -1);
    queues_.note_vacancies(token.queue, places);
    return true;
  });
  if (!ended) return false;
  cache_.note_ended(token.issue(), token.expires_at - now);
  cache_.note_vacancies(token.queue, places, db_.now());
  return true;
}

void ExpireTokens::one(const Token& token) {
  if (token.state == TokenState::waiting) {
    end_wait(token, TokenState::expired);
    return;
  }
  const bool ended = run_transaction(db_, [&] {
    // A use that was under way when the caller looked may have extended it.
    const auto locked = tokens_.lock(token.id);
    return locked && state_at(locked->token, locked->now) == TokenState::expired &&
           tokens_.end_active(token.id, TokenState::expired);
  });
  if (ended) cache_.note_ended(token.issue());
}

std::size_t ExpireTokens::lapsed_active(QueueId queue) {
  const auto ended = run_transaction(db_, [&] {
    auto lapsed = tokens_.lock_lapsed_active(queue, kBatch);
    if (lapsed.empty()) return lapsed;
    std::vector<TokenId> ids;
    ids.reserve(lapsed.size());
    for (const TokenIssue& token : lapsed) ids.push_back(token.id);
    const auto count = tokens_.expire(ids);
    queues_.add_active(queue, -static_cast<std::int64_t>(count));
    return lapsed;
  });
  for (const TokenIssue& token : ended) cache_.note_ended(token);
  return ended.size();
}

std::size_t ExpireTokens::lapsed_waiting(QueueId queue) {
  const auto ended = run_transaction(db_, [&] {
    queues_.lock(queue);
    auto waits = tokens_.lock_lapsed_waiting(queue, kBatch);
    end_waits(queue, waits);
    return waits;
  });
  note(queue, ended);
  return ended.size();
}

std::vector<EndedWait> ExpireTokens::lapsed_waiting_of_locked(QueueId queue, Range places) {
  std::vector<EndedWait> all;
  for (;;) {
    const auto waits = tokens_.lapsed_waiting(queue, places, kBatch);
    end_waits(queue, waits);
    all.insert(all.end(), waits.begin(), waits.end());
    if (waits.size() < static_cast<std::size_t>(kBatch)) return all;
  }
}

void ExpireTokens::end_waits(QueueId queue, const std::vector<EndedWait>& waits) {
  if (waits.empty()) return;
  std::vector<TokenId> ids;
  std::vector<std::int64_t> places;
  for (const EndedWait& wait : waits) {
    ids.push_back(wait.id);
    places.push_back(wait.place);
  }
  const auto count = tokens_.expire(ids);
  queues_.add_waiting(queue, -static_cast<std::int64_t>(count));
  queues_.note_vacancies(queue, places);
}

void ExpireTokens::note(QueueId queue, const std::vector<EndedWait>& ended) {
  std::vector<std::int64_t> places;
  for (const EndedWait& wait : ended) {
    cache_.note_ended(wait.issue());
    places.push_back(wait.place);
  }
  cache_.note_vacancies(queue, places, db_.now());
}

}  // namespace concert
