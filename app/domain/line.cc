#include "domain/line.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace concert {

GapRanges gap_ranges(std::int64_t after, std::int64_t before) {
  GapRanges ranges;
  const std::int64_t first = after + 1;
  const std::int64_t last = before - 1;
  if (last < first) return ranges;
  if (block_of(first) == block_of(last)) {
    ranges.head_places = {first, last};
    return ranges;
  }
  ranges.head_places = {first, ((block_of(first) + 1) << kBlockBits) - 1};
  ranges.tail_places = {block_of(last) << kBlockBits, last};
  const std::int64_t first_block = block_of(first) + 1;
  const std::int64_t last_block = block_of(last) - 1;
  if (last_block < first_block) return ranges;
  const std::int64_t first_super = superblock_of(first_block << kBlockBits);
  const std::int64_t last_super = superblock_of(last_block << kBlockBits);
  if (first_super == last_super) {
    ranges.head_blocks = {first_block, last_block};
    return ranges;
  }
  ranges.head_blocks = {first_block, ((first_super + 1) << kBlockBits) - 1};
  ranges.tail_blocks = {last_super << kBlockBits, last_block};
  ranges.supers = {first_super + 1, last_super - 1};
  return ranges;
}

std::int64_t LineState::left_before_superblock(std::int64_t superblock) const {
  const std::int64_t head = superblock_of(admitted_seq + 1);
  std::int64_t sum = left_in_head_block;
  if (superblock > head) sum += left_after_head_block;
  for (const auto& [at, left] : left_by_superblock) {
    if (at >= superblock) break;
    if (at > head) sum += left;
  }
  return sum;
}

std::int64_t LineState::total_of(std::int64_t superblock) const {
  const auto found = std::lower_bound(left_by_superblock.begin(), left_by_superblock.end(),
                                      std::pair<std::int64_t, std::int64_t>{superblock, 0});
  return found != left_by_superblock.end() && found->first == superblock ? found->second : 0;
}

std::int64_t LineState::left_in_superblock(std::int64_t superblock) const {
  const bool is_head = superblock == superblock_of(admitted_seq + 1);
  return is_head ? left_after_head_block : total_of(superblock);
}

std::int64_t LineState::first_block(std::int64_t superblock) const {
  return std::max(superblock << kBlockBits, head_block() + 1);
}

std::string LineState::serialize() const {
  std::string text = "3";
  const auto add = [&text](std::int64_t number) { (text += ' ') += std::to_string(number); };
  for (const std::int64_t number :
       {admitted_seq, last_seq, ended_waits, pace_per_minute, active_limit, admit_per_pass,
        free_places, std::int64_t{paused}, lineage, last_end.token, last_end.at_ms,
        left_in_head_block, left_after_head_block, superblocks_end}) {
    add(number);
  }
  for (const auto& [superblock, left] : left_by_superblock) {
    add(superblock);
    add(left);
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

std::optional<LineState> LineState::parse(std::string_view text) {
  constexpr std::size_t kFixed = 15;
  const auto numbers = read_numbers(text);
  if (!numbers || numbers->size() < kFixed || numbers->front() != 3 ||
      (numbers->size() - kFixed) % 2 != 0)
    return std::nullopt;
  LineState line;
  std::size_t next = 1;
  for (std::int64_t* const member :
       {&line.admitted_seq, &line.last_seq, &line.ended_waits, &line.pace_per_minute,
        &line.active_limit, &line.admit_per_pass, &line.free_places}) {
    *member = (*numbers)[next++];
  }
  line.paused = (*numbers)[next++] != 0;
  for (std::int64_t* const member :
       {&line.lineage, &line.last_end.token, &line.last_end.at_ms, &line.left_in_head_block,
        &line.left_after_head_block, &line.superblocks_end}) {
    *member = (*numbers)[next++];
  }
  for (; next < numbers->size(); next += 2)
    line.left_by_superblock.emplace_back((*numbers)[next], (*numbers)[next + 1]);
  return line;
}

std::optional<std::int64_t> estimated_wait_s(const LineState& line, std::int64_t position,
                                             std::int64_t active_seconds,
                                             std::int64_t admit_interval_s) {
  if (line.paused) return std::nullopt;
  const double admitted_per_second =
      static_cast<double>(line.admit_per_pass) /
      static_cast<double>(std::max<std::int64_t>(1, admit_interval_s));
  double per_second = static_cast<double>(line.pace_per_minute) / 60.0;
  if (line.pace_per_minute == 0) {
    // Places turn over at least once per active life.
    const double turnover =
        static_cast<double>(line.active_limit) / static_cast<double>(active_seconds);
    per_second = std::min(admitted_per_second, turnover);
  }
  const auto soon = static_cast<double>(std::min(position, line.free_places));
  const double wait =
      soon / admitted_per_second + (static_cast<double>(position) - soon) / per_second;
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(wait)));
}

std::int64_t poll_after_s(std::int64_t position, std::int64_t active_seconds, double jitter) {
  constexpr std::int64_t kLongest = 30;
  constexpr std::int64_t kPlacesPerSecond = 1000;
  const std::int64_t cap = std::clamp<std::int64_t>(active_seconds / 3, 1, kLongest);
  // What is added to the base must fit below the cap: cut off there, all who are far would come
  // back at the same moment.
  const std::int64_t farthest = std::max<std::int64_t>(1, cap * 2 / 3);
  const std::int64_t base = std::min(farthest, 1 + position / kPlacesPerSecond);
  const std::int64_t most = std::min(cap - base, std::max<std::int64_t>(1, base / 2));
  return base + std::min(most, static_cast<std::int64_t>(jitter * static_cast<double>(most + 1)));
}

}  // namespace concert
