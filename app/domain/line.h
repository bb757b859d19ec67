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

// The last event that ended a token. A database that does not know it has lost the end of its
// history, as a replica may have that took over.
struct LastEnd {
  std::int64_t token = 0;  // 0: no token has ended
  std::int64_t at_ms = 0;

  bool operator==(const LastEnd&) const = default;
};

// The queue as everybody who waits needs it: up to where it was admitted, how many left from
// between, and how fast it moves. It is published, and every position follows from what was
// published. Its text has at most 64 KiB however many left: vacancies are told by blocks of blocks.
struct LineState {
  std::int64_t admitted_seq = 0;
  std::int64_t last_seq = 0;
  std::int64_t ended_waits = 0;      // grows whenever a position changes
  std::int64_t pace_per_minute = 0;  // 0: nothing is known of it yet
  std::int64_t active_limit = 1;
  std::int64_t admit_per_pass = 1;
  std::int64_t free_places = 0;
  bool paused = false;
  // A random number that all that is cached by place is bound to. Another one is drawn whenever
  // what is cached may speak of places that are given again.
  std::int64_t lineage = 0;
  LastEnd last_end;
  // Vacancies after admitted_seq in its block (that of the place after it), and in the blocks after
  // that up to the end of their block of blocks.
  std::int64_t left_in_head_block = 0;
  std::int64_t left_after_head_block = 0;
  // Vacancies by block of blocks in ascending order, from the one of the head on, whose admitted
  // blocks are counted too. At `superblocks_end` and beyond nothing is known.
  std::vector<std::pair<std::int64_t, std::int64_t>> left_by_superblock;
  std::int64_t superblocks_end = kNoEnd;

  static constexpr std::int64_t kNoEnd = INT64_MAX;
  static constexpr std::size_t kMostSuperblocks = 1024;  // a queue of a thousand million places
  static constexpr std::size_t kMostBytes = 64 * 1024;

  std::int64_t head_block() const { return block_of(admitted_seq + 1); }

  // Whether the position of a place follows from this.
  bool knows(std::int64_t seq) const {
    return seq > admitted_seq && superblock_of(seq) < superblocks_end;
  }

  // The vacancies after admitted_seq in the blocks of blocks before `superblock`; where that is the
  // head's, those in the head's block.
  std::int64_t left_before_superblock(std::int64_t superblock) const;

  // The vacancies in the blocks of `superblock` from first_block() on, and that block: the
  // superblock's first, or the one after the head's.
  std::int64_t left_in_superblock(std::int64_t superblock) const;
  std::int64_t first_block(std::int64_t superblock) const;

  // All that is counted of a superblock.
  std::int64_t total_of(std::int64_t superblock) const;

  // Whether this is of a later moment than `other` by what it says.
  bool is_further_than(const LineState& other) const {
    return admitted_seq > other.admitted_seq || ended_waits > other.ended_waits ||
           last_seq > other.last_seq;
  }

  std::string serialize() const;
  // Nothing if that is not what serialize() made.
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
