#include "domain/queue_state.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace concert {

VacancyRanges vacancy_ranges(std::int64_t after, std::int64_t before) {
  VacancyRanges ranges;
  const std::int64_t first = after + 1;
  const std::int64_t last = before - 1;
  if (last < first) return ranges;
  if (block_of(first) == block_of(last)) {
    ranges.head_places = {first, last};
    return ranges;
  }
  ranges.head_places = {first, members_of(block_of(first)).last};
  ranges.tail_places = {members_of(block_of(last)).first, last};
  const std::int64_t first_block = block_of(first) + 1;
  const std::int64_t last_block = block_of(last) - 1;
  if (last_block < first_block) return ranges;
  const std::int64_t first_superblock = first_block >> kBlockBits;
  const std::int64_t last_superblock = last_block >> kBlockBits;
  if (first_superblock == last_superblock) {
    ranges.head_blocks = {first_block, last_block};
    return ranges;
  }
  ranges.head_blocks = {first_block, members_of(first_superblock).last};
  ranges.tail_blocks = {members_of(last_superblock).first, last_block};
  ranges.superblocks = {first_superblock + 1, last_superblock - 1};
  return ranges;
}

std::int64_t QueueState::vacancies_before_superblock(std::int64_t superblock) const {
  const std::int64_t head = head_superblock();
  std::int64_t sum = vacancies_in_head_block;
  if (superblock > head) sum += vacancies_after_head_block;
  for (const auto& [at, vacancies] : vacancies_by_superblock) {
    if (at >= superblock) break;
    if (at > head) sum += vacancies;
  }
  return sum;
}

std::int64_t QueueState::total_of(std::int64_t superblock) const {
  const auto found =
      std::lower_bound(vacancies_by_superblock.begin(), vacancies_by_superblock.end(),
                       std::pair<std::int64_t, std::int64_t>{superblock, 0});
  return found != vacancies_by_superblock.end() && found->first == superblock ? found->second : 0;
}

std::int64_t QueueState::vacancies_in_superblock(std::int64_t superblock) const {
  return superblock == head_superblock() ? vacancies_after_head_block : total_of(superblock);
}

std::int64_t QueueState::first_block(std::int64_t superblock) const {
  return std::max(members_of(superblock).first, head_block() + 1);
}

namespace {

constexpr std::int64_t kEntriesOpen = -1;  // their number is not fixed

// What the text has as numbers and the state does not. A token's id is never 0, which stands for
// "no token has ended", nor is an opening's; an `until` of 0 is no end, and a
// `drawn_at` of 0 no draw.
struct Flat {
  std::int64_t paused = 0;
  LastEnd end;
  std::int64_t has_stock = 0;
  Stock stock;
  Instant until;
  Opening opening;
  std::int64_t entries = kEntriesOpen;
  Instant drawn_at{};
};

constexpr std::size_t kFixedNumbers = 28;

// In the order of the text.
std::array<std::int64_t*, kFixedNumbers> numbers_of(QueueState& state, Flat& flat) {
  return {&state.admitted_place,
          &state.last_place,
          &state.ended_waits,
          &state.pace_per_minute,
          &state.active_limit,
          &state.admit_per_pass,
          &state.room,
          &flat.paused,
          &state.lineage,
          &flat.end.token.value,
          &flat.end.at.ms,
          &state.vacancies_in_head_block,
          &state.vacancies_after_head_block,
          &state.superblocks_end,
          &flat.has_stock,
          &flat.stock.available,
          &flat.stock.held,
          &flat.stock.choosing,
          &flat.stock.ended_visits,
          &flat.stock.bought_seats,
          &flat.until.ms,
          &flat.opening.id,
          &flat.opening.register_from.ms,
          &flat.opening.register_until.ms,
          &flat.opening.opens_at.ms,
          &flat.opening.waits_until.ms,
          &flat.entries,
          &flat.drawn_at.ms};
}

}  // namespace

// The text is a line of numbers, the version first and the superblocks last, and a line more for
// each text of a message.
std::string QueueState::serialize() const {
  QueueState state = *this;
  Flat flat{std::int64_t{paused},
            last_end.value_or(LastEnd{}),
            std::int64_t{stock.has_value()},
            stock.value_or(Stock{}),
            message ? message->until.value_or(Instant{}) : Instant{},
            opening.value_or(Opening{})};
  flat.entries = flat.opening.entries.value_or(kEntriesOpen);
  flat.drawn_at = flat.opening.drawn_at.value_or(Instant{});
  std::string text = std::to_string(kTextVersion);
  const auto add = [&text](std::int64_t number) { (text += ' ') += std::to_string(number); };
  for (const std::int64_t* number : numbers_of(state, flat)) add(*number);
  for (const auto& [superblock, vacancies] : vacancies_by_superblock) {
    add(superblock);
    add(vacancies);
  }
  if (message) ((text += '\n') += message->en) += '\n' + message->ko;
  return text;
}

static std::optional<std::vector<std::int64_t>> read_numbers(std::string_view text) {
  std::vector<std::int64_t> numbers;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at < end) {
    std::int64_t number = 0;
    const auto result = std::from_chars(at, end, number);
    if (result.ec != std::errc() || (result.ptr != end && *result.ptr != ' ')) return std::nullopt;
    numbers.push_back(number);
    at = result.ptr == end ? end : result.ptr + 1;
  }
  return numbers;
}

// Cuts `text` off before its first newline. Returns what follows; nothing if there is none.
static std::optional<std::string_view> cut_line(std::string_view& text) {
  const auto end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view rest = text.substr(end + 1);
  text = text.substr(0, end);
  return rest;
}

std::optional<QueueState> QueueState::parse(std::string_view text) {
  auto en = cut_line(text);
  auto ko = en ? cut_line(*en) : std::nullopt;
  const auto numbers = read_numbers(text);
  constexpr std::size_t kFixed = 1 + kFixedNumbers;
  if (!numbers || numbers->size() < kFixed || numbers->front() != kTextVersion ||
      (numbers->size() - kFixed) % 2 != 0 || en.has_value() != ko.has_value() ||
      (ko && cut_line(*ko)))
    return std::nullopt;
  QueueState state;
  Flat flat;
  std::size_t next = 1;
  for (std::int64_t* const number : numbers_of(state, flat)) *number = (*numbers)[next++];
  state.paused = flat.paused != 0;
  if (flat.end.token.value != 0) state.last_end = flat.end;
  if (flat.has_stock != 0) state.stock = flat.stock;
  if (flat.entries != kEntriesOpen) flat.opening.entries = flat.entries;
  if (flat.drawn_at != Instant{}) flat.opening.drawn_at = flat.drawn_at;
  if (flat.opening.id != 0) state.opening = flat.opening;
  if (en) state.message = QueueMessage{std::string(*en), std::string(*ko)};
  if (en && flat.until != Instant{}) state.message->until = flat.until;
  for (; next < numbers->size(); next += 2)
    state.vacancies_by_superblock.emplace_back((*numbers)[next], (*numbers)[next + 1]);
  return state;
}

std::optional<std::int64_t> estimated_wait_s(const QueueState& state, std::int64_t position,
                                             std::int64_t active_seconds,
                                             std::int64_t admit_interval_s) {
  if (state.paused) return std::nullopt;
  const double admitted_per_second =
      static_cast<double>(state.admit_per_pass) /
      static_cast<double>(std::max<std::int64_t>(1, admit_interval_s));
  double per_second = static_cast<double>(state.pace_per_minute) / 60.0;
  if (state.pace_per_minute == 0) {
    // Each active user makes room at least once per active life.
    const double turnover =
        static_cast<double>(state.active_limit) / static_cast<double>(active_seconds);
    per_second = std::min(admitted_per_second, turnover);
  }
  const auto soon = static_cast<double>(std::min(position, state.room));
  const double wait =
      soon / admitted_per_second + (static_cast<double>(position) - soon) / per_second;
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(wait)));
}

std::int64_t poll_after_s(std::int64_t position, std::int64_t active_seconds, double jitter) {
  constexpr std::int64_t kLongest_s = 30;
  constexpr std::int64_t kPositionsPerSecond = 1000;
  const std::int64_t cap = std::clamp<std::int64_t>(active_seconds / 3, 1, kLongest_s);
  // What is added to the base must fit below the cap: cut off at the cap, all users with a great
  // position would poll at the same moment.
  const std::int64_t greatest_base = std::max<std::int64_t>(1, cap * 2 / 3);
  const std::int64_t base = std::min(greatest_base, 1 + position / kPositionsPerSecond);
  const std::int64_t most = std::min(cap - base, std::max<std::int64_t>(1, base / 2));
  return base + std::min(most, static_cast<std::int64_t>(jitter * static_cast<double>(most + 1)));
}

}  // namespace concert
