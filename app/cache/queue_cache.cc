#include "cache/queue_cache.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/parse_number.h"

namespace concert {
namespace {

constexpr std::int64_t kTokenLife_s = 5;
constexpr std::int64_t kStateFresh_ms = 5000;
constexpr std::int64_t kStateLife_s = 3600;
constexpr std::int64_t kVacanciesLife_s = 48 * 3600;
// memcached's seconds are those of its own clock: a life of 1 may be over at once.
constexpr std::int64_t kTurnLife_s = 2;

// A release that writes another form of state has another key: otherwise two releases, side by side
// while hosts are upgraded, would replace each other's states, which neither can read.
std::string state_key(QueueId queue) {
  return fmt::format("queue{}:{}", QueueState::kTextVersion, queue.value);
}
// Lineages of different queues differ.
std::string superblock_key(std::int64_t lineage, std::int64_t superblock) {
  return fmt::format("vacant2:{}:{}", lineage, superblock);
}
std::string block_key(std::int64_t lineage, std::int64_t block) {
  return fmt::format("{}vacant1:{}:{}", Cache::kOpen, lineage, block);
}

std::optional<std::int64_t> read_number(std::string_view& text) {
  if (text.starts_with(' ')) text.remove_prefix(1);
  return take_number<std::int64_t>(text);
}

// The text of a published state: its moment, then the state.
std::string state_text(const QueueState& state, Instant at) {
  return fmt::format("{} {}", at.ms, state.serialize());
}
std::pair<std::optional<QueueState>, Instant> parse_state(std::string_view text) {
  const auto published = read_number(text);
  if (!published || text.empty()) return {};
  return {QueueState::parse(text.substr(1)), Instant{*published}};
}

// The note of a token: its state, its issue and, of an active one, its end, when it was noted, from
// when on its life counts and when its visit is over.
std::optional<CachedToken> parse_token(const std::string& text) {
  if (text.empty()) return std::nullopt;
  std::string_view rest = std::string_view(text).substr(1);
  const auto issued = read_number(rest);
  if (!issued) return std::nullopt;
  if (text.front() == 'E')
    return CachedToken{CachedToken::State::ended, Instant{*issued}, {}, {}, {}};
  const auto written = read_number(rest);
  const auto noted = read_number(rest);
  const auto counted_from = read_number(rest);
  const auto visit_end = read_number(rest);
  if (text.front() != 'A' || !written || !noted) return std::nullopt;
  CachedToken known{CachedToken::State::active, Instant{*issued}, Instant{*written},
                    Instant{*noted}, Instant{counted_from.value_or(*issued)}};
  if (visit_end) known.visit_end = Instant{*visit_end};
  return known;
}

}  // namespace

bool CachedToken::is_believed(Instant now) const {
  const std::int64_t age_ms = now - noted_at;
  return state == State::active && now < written_end && age_ms < kTokenLife_s * 1000 &&
         age_ms > -kClocksDiffer_ms;
}

std::string QueueCache::token_key(TokenId id) { return fmt::format("token:{}", id.value); }

std::optional<CachedToken> QueueCache::read_token(const Cache::Entries& entries,
                                                  const TokenIssue& token) {
  const auto found = entries.find(token_key(token.id));
  if (found == entries.end()) return std::nullopt;
  auto known = parse_token(found->second->value);
  if (known && known->issued_at != token.issued_at) return std::nullopt;
  return known;
}

std::optional<CachedToken> QueueCache::token(const TokenIssue& token) {
  return read_token(cache_.get({token_key(token.id)}), token);
}

std::vector<std::string> QueueCache::poll_keys(const PolledToken& token) const {
  std::vector<std::string> keys{token_key(token.token.id), state_key(token.queue)};
  if (token.place) {
    const std::int64_t lineage = lineage_of(token.queue);
    keys.push_back(superblock_key(lineage, superblock_of(*token.place)));
    keys.push_back(block_key(lineage, block_of(*token.place)));
  }
  return keys;
}

QueueCache::Known& QueueCache::read_state(QueueId queue, const std::string& text) {
  Known& known = known_[queue];
  if (text != known.text) {
    auto [state, at] = parse_state(text);
    known.state = state ? std::make_shared<QueueState>(*std::move(state)) : nullptr;
    known.at = at;
    known.text = text;
  }
  if (known.state) known.lineage = known.state->lineage;
  return known;
}

std::int64_t QueueCache::lineage_of(QueueId queue) const {
  const auto known = known_.find(queue);
  return known == known_.end() ? 0 : known->second.lineage;
}

CachedPoll QueueCache::poll_again(const PolledToken& token) {
  cache_.forget_prefetched();
  return poll(token);
}

CachedPoll QueueCache::poll(const PolledToken& token) {
  const std::int64_t expected = lineage_of(token.queue);
  const Cache::Entries entries = cache_.get(poll_keys(token));
  CachedPoll found;
  found.token = read_token(entries, token.token);
  const auto state = entries.find(state_key(token.queue));
  if (state == entries.end()) return found;
  const Known& known = read_state(token.queue, state->second->value);
  found.queue.state = known.state;
  found.queue.at = known.at;
  if (!known.state || !token.place) return found;
  const bool is_same = known.lineage == expected;
  read_vacancies(is_same ? entries : cache_.get(poll_keys(token)), *token.place, found.queue);
  return found;
}

void QueueCache::read_vacancies(const Cache::Entries& entries, std::int64_t place,
                                PublishedQueue& queue) {
  const std::int64_t lineage = queue.state->lineage;
  const auto superblock = entries.find(superblock_key(lineage, superblock_of(place)));
  if (superblock != entries.end())
    queue.superblock = SuperblockCounts::parse(superblock->second->value, superblock_of(place));
  const auto block = entries.find(block_key(lineage, block_of(place)));
  if (block != entries.end())
    queue.block = BlockPlaces::parse(block->second->value, block_of(place));
}

void QueueCache::note_active(const Token& token, Instant now, bool fresh) {
  const std::int64_t life_s = std::min(kTokenLife_s, (token.expires_at - now) / 1000);
  if (life_s < 1) return;
  std::string text = fmt::format("A{} {} {} {}", token.issued_at.ms, token.expires_at.ms, now.ms,
                                 token.counted_from.ms);
  if (token.is_awaited && token.visit_end) text += fmt::format(" {}", token.visit_end->ms);
  const std::string key = token_key(token.id);
  if (fresh && cache_.add(key, text, life_s) != Cache::Outcome::refused) return;
  const Cache::Entries entries = cache_.get({key});
  const auto noted = entries.find(key);
  if (noted == entries.end()) {
    cache_.add(key, text, life_s);
    return;
  }
  const auto known = parse_token(noted->second->value);
  const bool is_of_another = !known || known->issued_at != token.issued_at;
  if (is_of_another || (!fresh && known->state == CachedToken::State::active))
    cache_.replace_unchanged(key, {text, noted->second->version}, life_s);
}

void QueueCache::note_ended(const TokenIssue& token, std::int64_t left_ms) {
  cache_.set(token_key(token.id), fmt::format("E{}", token.issued_at.ms),
             std::max(kTokenLife_s, left_ms / 1000 + 1));
}

void QueueCache::withdraw_end(const TokenIssue& token, const std::function<bool()>& lives) {
  const std::string key = token_key(token.id);
  const Cache::Entries entries = cache_.get({key});
  const auto known = read_token(entries, token);
  if (!known || known->state != CachedToken::State::ended || !lives()) return;
  // An empty entry, not a deletion, which could hit the note of an end that came since.
  cache_.replace_unchanged(key, {"", entries.at(key)->version}, kTokenLife_s);
}

void QueueCache::note_vacancies(QueueId queue, const std::vector<std::int64_t>& places,
                                Instant ended) {
  if (places.empty()) return;
  const Published now = published(queue);
  if (!now.state) return;
  std::map<std::int64_t, std::string> by_block;
  for (const std::int64_t place : places)
    by_block[block_of(place)] += BlockPlaces::appendix(place, ended);
  for (const auto& [block, bytes] : by_block) {
    const std::string key = block_key(now.state->lineage, block);
    if (cache_.append(key, bytes) != Cache::Outcome::refused) continue;
    // If another process adds the key in between, there is something to append to.
    if (cache_.add(key, BlockPlaces(block).serialize() + bytes, kVacanciesLife_s) ==
        Cache::Outcome::refused)
      cache_.append(key, bytes);
  }
}

void QueueCache::keep(const std::string& key, const std::string& bytes,
                      const Cache::Entries& over) {
  const auto found = over.find(key);
  if (found == over.end()) {
    cache_.add(key, bytes, kVacanciesLife_s);
  } else {
    cache_.replace_unchanged(key, {bytes, found->second->version}, kVacanciesLife_s);
  }
}

void QueueCache::keep_superblock(const QueueState& state, std::int64_t superblock,
                                 const SuperblockCounts& counts) {
  const std::string key = superblock_key(state.lineage, superblock);
  const Cache::Entries entries = cache_.get({key});
  const auto found = entries.find(key);
  if (found != entries.end()) {
    const auto kept = SuperblockCounts::parse(found->second->value, superblock);
    // An entry of the future was written before the database's clock was set back.
    const bool is_younger = kept && kept->at() >= counts.at();
    if (is_younger && kept->at() - counts.at() < kClocksDiffer_ms) return;
  }
  keep(key, counts.serialize(), entries);
}

void QueueCache::keep_block(const QueueState& state, std::int64_t block, const BlockPlaces& places,
                            Instant at) {
  const std::string key = block_key(state.lineage, block);
  const Cache::Entries entries = cache_.get({key});
  const auto found = entries.find(key);
  std::string appended;
  if (found != entries.end()) {
    const auto kept = BlockPlaces::parse(found->second->value, block);
    // An appendix of the future would be kept by every process that writes the entry again.
    if (kept) appended = kept->appended_between(at, at + kClocksDiffer_ms);
  }
  keep(key, places.serialize() + appended, entries);
}

bool QueueCache::takes_turn(const std::string& what) {
  return cache_.add("turn:" + what, "", kTurnLife_s) == Cache::Outcome::done;
}

QueueCache::Published QueueCache::published(QueueId queue) {
  const Cache::Entries entries = cache_.get({state_key(queue)});
  const auto entry = entries.find(state_key(queue));
  if (entry == entries.end()) return {};
  const Known& known = read_state(queue, entry->second->value);
  return {known.state, known.at, entry->second->version};
}

bool QueueCache::is_fresh(Instant at, Instant now) {
  return now - at < kStateFresh_ms && at - now < kClocksDiffer_ms;
}

bool QueueCache::reachable(QueueId queue) const { return cache_.reaches(state_key(queue)); }

bool QueueCache::publish(QueueId queue, const QueueState& state, Instant at,
                         const Published& over) {
  const std::string text = state_text(state, at);
  known_[queue].lineage = state.lineage;
  if (over.version == 0)
    return cache_.add(state_key(queue), text, kStateLife_s) == Cache::Outcome::done;
  return cache_.replace_unchanged(state_key(queue), {text, over.version}, kStateLife_s) ==
         Cache::Outcome::done;
}

}  // namespace concert
