#include "domain/queue_state.h"

#include <algorithm>
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

// The text is the version, then the numbers, lists last. A token's id is never 0, which stands for
// "no token has ended"; nor is an opening's.
static constexpr std::int64_t kTextVersion = 4;

static constexpr std::int64_t kEntriesOpen = -1;  // their number is not fixed

std::string QueueState::serialize() const {
  std::string text = std::to_string(kTextVersion);
  const LastEnd end = last_end.value_or(LastEnd{});
  const Opening open = opening.value_or(Opening{});
  const auto add = [&text](std::int64_t number) { (text += ' ') += std::to_string(number); };
  for (const std::int64_t number : {admitted_place,
                                    last_place,
                                    ended_waits,
                                    pace_per_minute,
                                    active_limit,
                                    admit_per_pass,
                                    room,
                                    std::int64_t{paused},
                                    lineage,
                                    end.token.value,
                                    end.at.ms,
                                    vacancies_in_head_block,
                                    vacancies_after_head_block,
                                    superblocks_end,
                                    open.id,
                                    open.register_from.ms,
                                    open.register_until.ms,
                                    open.opens_at.ms,
                                    open.entries.value_or(kEntriesOpen),
                                    std::int64_t{open.is_drawn}}) {
    add(number);
  }
  for (const auto& [superblock, vacancies] : vacancies_by_superblock) {
    add(superblock);
    add(vacancies);
  }
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

std::optional<QueueState> QueueState::parse(std::string_view text) {
  constexpr std::size_t kFixed = 21;
  const auto numbers = read_numbers(text);
  if (!numbers || numbers->size() < kFixed || numbers->front() != kTextVersion ||
      (numbers->size() - kFixed) % 2 != 0)
    return std::nullopt;
  QueueState state;
  LastEnd end;
  Opening open;
  std::int64_t entries = 0;
  std::int64_t paused = 0;
  std::int64_t drawn = 0;
  std::size_t next = 1;
  for (std::int64_t* const member : {&state.admitted_place,
                                     &state.last_place,
                                     &state.ended_waits,
                                     &state.pace_per_minute,
                                     &state.active_limit,
                                     &state.admit_per_pass,
                                     &state.room,
                                     &paused,
                                     &state.lineage,
                                     &end.token.value,
                                     &end.at.ms,
                                     &state.vacancies_in_head_block,
                                     &state.vacancies_after_head_block,
                                     &state.superblocks_end,
                                     &open.id,
                                     &open.register_from.ms,
                                     &open.register_until.ms,
                                     &open.opens_at.ms,
                                     &entries,
                                     &drawn}) {
    *member = (*numbers)[next++];
  }
  state.paused = paused != 0;
  if (end.token.value != 0) state.last_end = end;
  if (entries != kEntriesOpen) open.entries = entries;
  open.is_drawn = drawn != 0;
  if (open.id != 0) state.opening = open;
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
