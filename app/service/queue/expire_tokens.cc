#include "service/queue/expire_tokens.h"

#include "domain/check.h"
#include "store/session/transaction.h"

namespace concert {

bool ExpireTokens::end_wait(const Token& token, TokenState as) {
  check(token.seq.has_value(), "a waiting token has a place");
  std::vector<std::int64_t> places;
  Instant now;
  const bool ended = run_transaction(db_, [&] {
    // The queue's row is locked before waiting tokens, as in an admission, so that no two wait for
    // each other.
    const QueueRow row = queues_.lock(token.queue);
    now = row.now;
    if (!waits_.end(token.id, as)) return false;
    places = {orders_.of(token.queue, row.opening).place_of(*token.seq)};
    queues_.add_waiting(token.queue, -1);
    vacancies_.note(token.queue, places);
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
    const QueueRow row = queues_.lock(queue);
    if (!is_open(row.opening)) return std::vector<EndedWait>();
    auto waits = waits_.lock_lapsed(orders_.of(queue, row), kBatch);
    end_waits(queue, waits);
    return waits;
  });
  note(queue, ended);
  return ended.size();
}

std::vector<EndedWait> ExpireTokens::lapsed_waiting_of_locked(const QueuePlaces& of,
                                                              const Range& places) {
  std::vector<EndedWait> all;
  for (;;) {
    const auto waits = waits_.lapsed(of, places, kBatch);
    end_waits(of.queue, waits);
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
  vacancies_.note(queue, places);
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
