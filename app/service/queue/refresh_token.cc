#include "service/queue/refresh_token.h"

#include <algorithm>

#include "store/session/errors.h"

namespace concert {

TokenAnswer RefreshToken::run(const TokenClaims& claims) {
  const CachedPoll poll = cache_.poll({claims.queue, claims.issue(), claims.place});
  // After the database's clock was set, an active token's end by the estimated time would go to and
  // fro between workers.
  const Instant now = positions_.now_beside(poll.queue);
  const bool is_believed = Positions::is_believed(poll.queue, claims.seq(), claims.issued_at, now);
  if (poll.token || is_believed) {
    if (auto answer = from_cache(claims, poll, now)) return *std::move(answer);
  }
  try {
    return from_database(claims);
  } catch (const DatabaseUnavailable&) {
    // While the database is away nobody is admitted: a stale position is better than none.
    if (auto answer = from_cache(claims, poll, now)) return *std::move(answer);
    throw;
  }
}

std::optional<TokenAnswer> RefreshToken::from_cache(const TokenClaims& claims,
                                                    const CachedPoll& poll, Instant now) {
  if (poll.token) {
    auto active = noted_active(claims, *poll.token, now);
    if (!active) return std::nullopt;
    uses_.require_alive(*active, now);
    // The text of an entry may be older than the draw.
    active->is_of_opening = claims.entry.has_value();
    const bool lacks_place = claims.entry && !claims.place;
    const TokenNumbers of_text{claims.place, claims.entry};
    return answer_.active(*active, lacks_place ? positions_.numbers(*active) : of_text, now);
  }
  if (claims.state != TokenState::waiting || !claims.seq()) return std::nullopt;
  const auto found = published_position(claims, poll);
  if (!found) return std::nullopt;
  Token token;
  token.id = claims.id;
  token.queue = claims.queue;
  token.user = claims.user;
  token.seq = claims.seq();
  token.issued_at = claims.issued_at;
  token.counted_from = counted_from(found->state->opening, claims.issued_at);
  token.expires_at = wait_end(claims, *found->state);
  const bool is_over =
      is_open(found->state->opening) && state_at(token, now) == TokenState::expired;
  if (is_over) return std::nullopt;
  return answer_.waiting(token, *found, claims.position, now);
}

// False if the state is older than the text: published before the opening was set, it takes an
// entry for a place; published before the entries were fixed, it takes a place for an entry.
bool RefreshToken::agrees(const TokenClaims& claims, const std::optional<Opening>& opening) {
  if (claims.entry) return opening && opening->is_entry(*claims.entry);
  return is_open(opening) || !opening->is_entry(*claims.place);
}

// The text of an entry may be older than the draw: then its place is not among what was read.
std::optional<FoundPosition> RefreshToken::published_position(const TokenClaims& claims,
                                                              const CachedPoll& poll) {
  PublishedQueue queue = poll.queue;
  if (!queue.state || !agrees(claims, queue.state->opening)) return std::nullopt;
  const auto place = positions_.place(claims.queue, *queue.state, *claims.seq());
  if (!place) return FoundPosition{place, 0, queue.state};
  if (place != claims.place) {
    queue = cache_.poll_again({claims.queue, claims.issue(), place}).queue;
    if (!queue.state) return std::nullopt;
  }
  const auto position = queue.position(*place);
  if (!position) return std::nullopt;
  return FoundPosition{place, *position, queue.state};
}

// An opening that was moved moves the ends of the waits that began before it.
Instant RefreshToken::wait_end(const TokenClaims& claims, const QueueState& state) const {
  Instant end = claims.waits_until;
  const bool is_before = state.opening && claims.issued_at < state.opening->opens_at;
  if (is_before) end = std::max(end, state.opening->waits_until);
  return life_.wait_end(end, counted_from(state.opening, claims.issued_at));
}

TokenAnswer RefreshToken::from_database(const TokenClaims& claims) {
  constexpr int kAttempts = 5;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (auto answer = look(claims)) return *std::move(answer);
  }
  throw Busy("the token kept changing while it was asked for");
}

std::optional<TokenAnswer> RefreshToken::look(const TokenClaims& claims) {
  auto found = find_signed(tokens_, claims);
  if (!found) require_active_state(TokenState::expired);
  auto& [token, now] = *found;
  if (expire_tokens_.note_call(token, now)) return std::nullopt;
  const TokenState state = state_at(token, now);
  if (state == TokenState::waiting)
    return answer_.waiting(token, positions_.find(token, now), claims.position, now);
  require_active_state(state);
  if (!uses_.keep_alive(token, now)) return std::nullopt;
  cache_.note_active(token, now, true);
  return answer_.active(token, positions_.numbers(token), now);
}

}  // namespace concert
