#include "service/queue/expire_tokens.h"

#include "domain/check.h"
#include "store/session/transaction.h"

namespace concert {

namespace {

std::vector<TokenId> ids_of(const std::vector<LapsedToken>& lapsed, bool are_unclaimed) {
  std::vector<TokenId> ids;
  for (const LapsedToken& each : lapsed)
    if (each.is_unclaimed == are_unclaimed) ids.push_back(each.token.id);
  return ids;
}

std::vector<std::int64_t> vacancies_of(const std::vector<EndedWait>& waits) {
  std::vector<std::int64_t> places;
  for (const EndedWait& wait : waits)
    if (!wait.gave_back) places.push_back(wait.place);
  return places;
}

}  // namespace

bool ExpireTokens::end_wait(const Token& token, TokenState as) {
  check(token.seq.has_value(), "a waiting token has a number");
  std::vector<std::int64_t> places;
  Instant now;
  const bool ended = run_transaction(db_, [&] {
    // The queue's row is locked before waiting tokens, as in an admission, so that no two wait for
    // each other.
    const QueueRow row = queues_.lock(token.queue);
    now = row.now;
    places.clear();
    if (!waits_.end(token, as)) return false;
    if (token.admitted_at) {
      returns_.uncount(token.queue, {token.id});
      return true;
    }
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
    if (!locked) return false;
    if (has_lapsed_claim(locked->token, locked->now)) give_back(token.queue, {token.id});
    return state_at(locked->token, locked->now) == TokenState::expired &&
           tokens_.end_active(token.id, TokenState::expired);
  });
  if (ended) cache_.note_ended(token.issue());
}

std::size_t ExpireTokens::lapsed_active(QueueId queue) {
  const auto lapsed = run_transaction(db_, [&] {
    auto locked = tokens_.lock_lapsed_active(queue, kBatch);
    give_back(queue, ids_of(locked, true));
    const auto ids = ids_of(locked, false);
    if (!ids.empty()) queues_.add_active(queue, -static_cast<std::int64_t>(tokens_.expire(ids)));
    return locked;
  });
  for (const LapsedToken& each : lapsed)
    if (!each.is_unclaimed) cache_.note_ended(each.token);
  return lapsed.size();
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

bool ExpireTokens::note_call(const Token& token, Instant now) {
  if (has_lapsed_claim(token, now)) {
    one(token);
    return true;
  }
  const bool gave_back = token.state == TokenState::waiting && token.admitted_at;
  if (!gave_back || token.has_returned || token.expires_at <= now) return false;
  run_transaction(db_, [&] {
    queues_.lock(token.queue);
    return returns_.note_call(token, token.counted_from + life_.longest_wait_ms());
  });
  return true;
}

// In the caller's transaction, which has locked the tokens.
void ExpireTokens::give_back(QueueId queue, const std::vector<TokenId>& ids) {
  if (!ids.empty()) returns_.give_back(queue, ids, queues_.read(queue).opened_at());
}

std::size_t ExpireTokens::waiting_up_to(QueueId queue, TokenId newest) {
  const auto ended = run_transaction(db_, [&] {
    const QueueRow row = queues_.lock(queue);
    auto waits = waits_.some(orders_.of(queue, row), newest, kBatch);
    end_waits(queue, waits);
    return waits;
  });
  // They could still have lasted, and what is published may say that they do.
  note(queue, ended, kLongestTokenLife_ms);
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
  std::vector<TokenId> gave_back;
  for (const EndedWait& wait : waits) {
    ids.push_back(wait.id);
    if (wait.gave_back) gave_back.push_back(wait.id);
  }
  const auto places = vacancies_of(waits);
  tokens_.expire(ids);
  returns_.uncount(queue, gave_back);
  queues_.add_waiting(queue, -static_cast<std::int64_t>(places.size()));
  vacancies_.note(queue, places);
}

void ExpireTokens::note(QueueId queue, const std::vector<EndedWait>& ended, std::int64_t left_ms) {
  for (const EndedWait& wait : ended) cache_.note_ended(wait.issue(), left_ms);
  cache_.note_vacancies(queue, vacancies_of(ended), db_.now());
}

}  // namespace concert
