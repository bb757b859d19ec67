#include "cache/queue_cache.h"

#include <fmt/format.h>

#include <algorithm>
#include <bitset>
#include <charconv>
#include <map>

namespace concert {
namespace {

constexpr std::int64_t kStateLife_s = 5;
constexpr std::int64_t kLineFresh_ms = 5000;
constexpr std::int64_t kLineLife_s = 3600;
constexpr std::int64_t kGapsLife_s = 48 * 3600;

std::string line_key(QueueId queue) { return fmt::format("line:{}", queue.value); }
std::string gaps_key(QueueId queue, std::int64_t block) {
  return fmt::format("gaps:{}:{}", queue.value, block);
}

// A place within its block, in two bytes.
std::string encode(std::int64_t place) {
  const auto offset = static_cast<std::uint16_t>(place & (kBlockSize - 1));
  return {static_cast<char>(offset >> 8U), static_cast<char>(offset & 0xFFU)};
}

// The places of a block, by their offset in it.
using Places = std::bitset<kBlockSize>;

// Places may be noted twice; each counts once.
Places decode(const std::string& bytes) {
  Places places;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
    const auto high = static_cast<unsigned char>(bytes[i]);
    const auto low = static_cast<unsigned char>(bytes[i + 1]);
    places.set(static_cast<std::size_t>(((high << 8U) + low) % kBlockSize));
  }
  return places;
}

std::optional<std::int64_t> read_number(const char*& at, const char* end) {
  std::int64_t number = 0;
  if (at < end && *at == ' ') ++at;
  const auto result = std::from_chars(at, end, number);
  if (result.ec != std::errc()) return std::nullopt;
  at = result.ptr;
  return number;
}

// The text of a published line: when, and what it says.
std::string line_text(const LineState& line, Instant at) {
  return fmt::format("{} {}", at.ms, line.serialize());
}
std::pair<std::optional<LineState>, Instant> parse_line(std::string_view text) {
  const char* at = text.data();
  const auto published = read_number(at, text.data() + text.size());
  const auto read = static_cast<std::size_t>(at - text.data());
  if (!published || read == text.size()) return {};
  return {LineState::parse(text.substr(read + 1)), Instant{*published}};
}

// How many of a block's `places` come after the place `seq` of the line, and of those before
// `before`.
std::int64_t count_between(Places places, std::int64_t block, std::int64_t seq,
                           std::int64_t before) {
  const std::int64_t first = block << kBlockBits;
  const auto skipped = std::clamp<std::int64_t>(seq + 1 - first, 0, kBlockSize);
  const auto beyond = std::clamp<std::int64_t>(first + kBlockSize - before, 0, kBlockSize);
  places >>= static_cast<std::size_t>(skipped);
  places <<= static_cast<std::size_t>(std::min(skipped + beyond, kBlockSize));
  return static_cast<std::int64_t>(places.count());
}

}  // namespace

bool CachedToken::is_believed(Instant issued, Instant now) const {
  return state == State::active && issued_at == issued && now < written_end &&
         now - noted_at < kStateLife_s * 1000;
}

std::string QueueCache::token_key(TokenId id) { return fmt::format("token:{}", id.value); }

std::optional<CachedToken> QueueCache::read_token(const Cache::Entries& entries, TokenId id) {
  const auto found = entries.find(token_key(id));
  if (found == entries.end() || found->second->value.empty()) return std::nullopt;
  const std::string& text = found->second->value;
  if (text.front() == 'E') return CachedToken{};
  const char* at = text.data() + 1;
  const char* const end = text.data() + text.size();
  const auto issued = read_number(at, end);
  const auto written = read_number(at, end);
  const auto noted = read_number(at, end);
  if (text.front() != 'A' || !issued || !written || !noted) return std::nullopt;
  return CachedToken{CachedToken::State::active, Instant{*issued}, Instant{*written},
                     Instant{*noted}};
}

std::vector<std::string> QueueCache::place_keys(QueueId queue, TokenId id, std::int64_t seq) {
  return {token_key(id), line_key(queue), gaps_key(queue, block_of(seq))};
}

void QueueCache::read_line(const std::string& text) {
  if (text == line_text_) return;
  auto [line, at] = parse_line(text);
  line_ = line ? std::make_shared<LineState>(*std::move(line)) : nullptr;
  line_at_ = at;
  line_text_ = text;
}

CachedPlace QueueCache::place(QueueId queue, TokenId id, std::int64_t seq) {
  const std::int64_t block = block_of(seq);
  const Cache::Entries entries = cache_.get(place_keys(queue, id, seq));
  CachedPlace place;
  place.token = read_token(entries, id);
  const auto line = entries.find(line_key(queue));
  if (line == entries.end()) return place;
  read_line(line->second->value);
  place.line = line_;
  place.line_at = line_at_;
  if (!place.line) return place;
  const auto gaps = entries.find(gaps_key(queue, block));
  const Places noted = gaps == entries.end() ? Places() : decode(gaps->second->value);
  const std::int64_t admitted = place.line->admitted_seq;
  const std::int64_t end = (block + 1) << kBlockBits;
  if (count_between(noted, block, admitted, end) < place.line->left_in_block(block)) return place;
  // Its own wait has ended, and memcached lost the note on the token.
  if (noted[static_cast<std::size_t>(seq & (kBlockSize - 1))]) return place;
  place.left_in_own_block = count_between(noted, block, admitted, seq);
  return place;
}

void QueueCache::note_active(const Token& token, Instant now, bool fresh) {
  const std::int64_t life_s = std::min(kStateLife_s, (token.expires_at - now) / 1000);
  if (life_s < 1) return;
  const std::string text =
      fmt::format("A{} {} {}", token.issued_at.ms, token.expires_at.ms, now.ms);
  const std::string key = token_key(token.id);
  const Cache::Entries entries = fresh ? Cache::Entries() : cache_.get({key});
  const auto noted = entries.find(key);
  const auto known = read_token(entries, token.id);
  if (noted == entries.end()) {
    cache_.add(key, text, life_s);
  } else if (!known || known->state == CachedToken::State::active) {
    cache_.replace_unchanged(key, {text, noted->second->version}, life_s);
  }
}

void QueueCache::note_ended(TokenId id, Instant now, std::optional<Instant> waited_until) {
  const std::int64_t waited_s = waited_until ? (*waited_until - now) / 1000 + 1 : 0;
  cache_.set(token_key(id), "E", std::max(kStateLife_s, waited_s));
}

void QueueCache::note_gaps(QueueId queue, const std::vector<std::int64_t>& places) {
  std::map<std::int64_t, std::string> by_block;
  for (const std::int64_t place : places) by_block[block_of(place)] += encode(place);
  for (const auto& [block, bytes] : by_block) {
    const std::string key = gaps_key(queue, block);
    if (cache_.append(key, bytes) != Cache::Outcome::refused) continue;
    // Somebody may add the key in between: then there is something to append to.
    if (cache_.add(key, bytes, kGapsLife_s) == Cache::Outcome::refused) cache_.append(key, bytes);
  }
}

void QueueCache::complete_gaps(QueueId queue, std::int64_t block,
                               const std::vector<std::int64_t>& places) {
  const std::string key = gaps_key(queue, block);
  const Cache::Entries entries = cache_.get({key});
  const auto found = entries.find(key);
  const Places noted = found == entries.end() ? Places() : decode(found->second->value);
  std::string missing;
  for (const std::int64_t place : places) {
    if (!noted[static_cast<std::size_t>(place & (kBlockSize - 1))]) missing += encode(place);
  }
  if (missing.empty()) return;
  // Appending keeps what others note meanwhile; a place noted twice counts once.
  if (cache_.append(key, missing) == Cache::Outcome::refused) cache_.add(key, missing, kGapsLife_s);
}

QueueCache::Published QueueCache::published(QueueId queue) {
  const Cache::Entries entries = cache_.get({line_key(queue)});
  const auto line = entries.find(line_key(queue));
  if (line == entries.end()) return {};
  auto [state, at] = parse_line(line->second->value);
  return {std::move(state), at, line->second->version};
}

bool QueueCache::is_fresh(Instant at, Instant now) { return now - at < kLineFresh_ms; }

bool QueueCache::reachable(QueueId queue) const { return cache_.reaches(line_key(queue)); }

bool QueueCache::publish(QueueId queue, const LineState& line, Instant now, const Published& over) {
  const std::string text = line_text(line, now);
  if (over.version == 0)
    return cache_.add(line_key(queue), text, kLineLife_s) == Cache::Outcome::done;
  return cache_.replace_unchanged(line_key(queue), {text, over.version}, kLineLife_s) ==
         Cache::Outcome::done;
}

}  // namespace concert
