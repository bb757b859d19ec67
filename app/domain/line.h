#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace concert {

// Places in line are counted in blocks, so that who left before a place is a sum of few numbers.
inline constexpr std::int64_t kBlockBits = 10;
inline constexpr std::int64_t kBlockSize = 1LL << kBlockBits;

inline std::int64_t block_of(std::int64_t seq) { return seq >> kBlockBits; }
inline std::int64_t superblock_of(std::int64_t seq) { return seq >> (2 * kBlockBits); }

// An inclusive range; empty where last < first.
struct Range {
  std::int64_t first = 0;
  std::int64_t last = -1;
};

// What to sum to learn how many left from between two places: single places at both ends, whole
// blocks, whole blocks of blocks. Each range but `supers` is shorter than one block.
struct GapRanges {
  Range head_places, tail_places;
  Range head_blocks, tail_blocks;
  Range supers;
};

// The ranges that together cover each place strictly between `after` and `before`, once.
GapRanges gap_ranges(std::int64_t after, std::int64_t before);

// The line as everybody who waits needs it: up to where it was admitted, who left from between,
// and how fast it moves. The cron caches it.
struct LineState {
  std::int64_t admitted_seq = 0;
  std::int64_t pace_per_minute = 0;  // 0: nothing is known of it yet
  std::int64_t active_limit = 1;
  std::int64_t admit_per_pass = 1;
  std::int64_t free_places = 0;
  bool paused = false;
  // How many left, per block, counting only places after admitted_seq; blocks in ascending order.
  std::vector<std::pair<std::int64_t, std::int64_t>> left_by_block;

  // How many left from blocks before `block`, and from `block` itself.
  std::int64_t left_before_block(std::int64_t block) const;
  std::int64_t left_in_block(std::int64_t block) const;

  std::string serialize() const;
  static std::optional<LineState> parse(std::string_view text);
  bool operator==(const LineState&) const = default;
};

// How long a user at `position` waits: free places are taken at the rate of admission, which is
// `admit_per_pass` in `admit_interval_s` (0 is a pass a second), all others at the pace of the last
// minute, or, before there is one, as the limits allow. Nothing while paused. In whole seconds, at
// least 1.
std::optional<std::int64_t> estimated_wait_s(const LineState& line, std::int64_t position,
                                             std::int64_t active_seconds,
                                             std::int64_t admit_interval_s);

// When to ask again: grows with the position from 1 to 30 s, never over a third of
// `active_seconds`; `jitter` in [0, 1) spreads users who are equally far over half as much again,
// near the head over 1 and 2 s.
std::int64_t poll_after_s(std::int64_t position, std::int64_t active_seconds, double jitter);

}  // namespace concert
