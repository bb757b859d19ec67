#include "service/queue/expire_tokens.h"

#include "service/queue/end_wait.h"
#include "store/session/transaction.h"

namespace concert {

void ExpireTokens::one(const Token& token) {
  if (token.state == TokenState::waiting) {
    end_wait(backend_, token, TokenState::expired);
  } else {
    const bool ended = run_transaction(backend_.db, [&] {
      // A use that was under way when the caller looked may have extended it.
      const auto locked = backend_.tokens.lock(token.id);
      return locked && state_at(locked->token, locked->now) == TokenState::expired &&
             backend_.tokens.end_active(token.id, TokenState::expired);
    });
    if (ended) backend_.queue_cache.note_ended(token.issue(), token.expires_at, std::nullopt);
  }
}

std::size_t ExpireTokens::lapsed_active() {
  const auto ended = run_transaction(backend_.db, [&] {
    auto lapsed = backend_.tokens.lock_lapsed_active(kMainQueue, kBatch);
    if (lapsed.empty()) return lapsed;
    std::vector<TokenId> ids;
    ids.reserve(lapsed.size());
    for (const TokenIssue& token : lapsed) ids.push_back(token.id);
    const auto count = backend_.tokens.expire(ids);
    backend_.queues.add_active(kMainQueue, -static_cast<std::int64_t>(count));
    return lapsed;
  });
  for (const TokenIssue& token : ended)
    backend_.queue_cache.note_ended(token, Instant{}, std::nullopt);
  return ended.size();
}

std::size_t ExpireTokens::lapsed_waiting() {
  const auto ended = run_transaction(backend_.db, [&] {
    backend_.queues.lock(kMainQueue);
    auto waits = backend_.tokens.lock_lapsed_waiting(kMainQueue, kBatch);
    end_waits(waits);
    return waits;
  });
  note(ended);
  return ended.size();
}

std::vector<EndedWait> ExpireTokens::lapsed_waiting_of_locked_queue(Range places) {
  std::vector<EndedWait> all;
  for (;;) {
    const auto waits = backend_.tokens.lapsed_waiting(kMainQueue, places, kBatch);
    end_waits(waits);
    all.insert(all.end(), waits.begin(), waits.end());
    if (waits.size() < static_cast<std::size_t>(kBatch)) return all;
  }
}

void ExpireTokens::end_waits(const std::vector<EndedWait>& waits) {
  if (waits.empty()) return;
  std::vector<TokenId> ids;
  std::vector<std::int64_t> places;
  for (const EndedWait& wait : waits) {
    ids.push_back(wait.id);
    places.push_back(wait.seq);
  }
  const auto count = backend_.tokens.expire(ids);
  backend_.queues.add_waiting(kMainQueue, -static_cast<std::int64_t>(count));
  backend_.queues.note_gaps(kMainQueue, places);
}

void ExpireTokens::note(const std::vector<EndedWait>& ended) {
  std::vector<std::int64_t> places;
  for (const EndedWait& wait : ended) {
    backend_.queue_cache.note_ended(wait.issue(), Instant{}, std::nullopt);
    places.push_back(wait.seq);
  }
  backend_.queue_cache.note_gaps(kMainQueue, places, backend_.db.now());
}

}  // namespace concert
