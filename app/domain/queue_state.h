#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "domain/ids.h"
#include "domain/instant.h"
#include "domain/opening.h"
#include "domain/queue_message.h"
#include "domain/stock.h"

namespace concert {

// The words of a queue, and the columns that hold them:
//   place     a number from 1 in the order of joining, or of the draw of an opening. token.seq is a
//             token's (NULL: it was active at once), queue.last_seq the last one given, and
//             queue.admitted_seq the last one of those up to which nobody waits.
//   entry     the number of a user who registered before an opening. It is in token.seq too; after
//             the draw, draw/place_order.h tells its place.
//   vacancy   a place after admitted_seq whose wait ended without admission: its token is LEFT or
//             EXPIRED and has no admitted_at. queue_gap.left_count counts them by block.
//   position  how many users wait at a place or before it. It only falls.
//
// Vacancies are counted in blocks of 1024 places, and in superblocks of 1024 blocks, so that the
// vacancies before any place are a sum of few numbers.
inline constexpr std::int64_t kBlockBits = 10;
inline constexpr std::int64_t kBlockSize = 1LL << kBlockBits;

inline std::int64_t block_of(std::int64_t place) { return place >> kBlockBits; }
inline std::int64_t superblock_of(std::int64_t place) { return place >> (2 * kBlockBits); }

// The position of a waiting place: each place after `admitted_place` is waiting or a vacancy, and
// `vacancies` of them lie before this one. Everything that states a position comes by it here.
inline std::int64_t position_of(std::int64_t place, std::int64_t admitted_place,
                                std::int64_t vacancies) {
  return place - admitted_place - vacancies;
}

// An inclusive range; empty where last < first.
struct Range {
  std::int64_t first = 0;
  std::int64_t last = -1;

  bool is_empty() const { return last < first; }
};

// The places of a block, and the blocks of a superblock.
inline Range members_of(std::int64_t block) {
  return {block << kBlockBits, ((block + 1) << kBlockBits) - 1};
}

// What to sum to count the vacancies between two places: single places at both ends, whole blocks,
// whole superblocks. Each range but `superblocks` is shorter than one block or superblock.
struct VacancyRanges {
  Range head_places, tail_places;
  Range head_blocks, tail_blocks;
  Range superblocks;
};

// The ranges that together cover each place strictly between `after` and `before` once.
VacancyRanges vacancy_ranges(std::int64_t after, std::int64_t before);

// The last event that ended a token. A database that does not know it has lost the end of its
// history, as a replica that took over may have.
struct LastEnd {
  TokenId token;
  Instant at;

  bool operator==(const LastEnd&) const = default;
};

// The state of a queue as it is published for all users who wait: how far it is admitted, where its
// vacancies are, how fast it moves, and what is told to all of them. Every position follows from it
// and from what is cached by block. Its text has at most 64 KiB however many vacancies there are.
struct QueueState {
  std::int64_t admitted_place = 0;
  std::int64_t last_place = 0;
  std::int64_t ended_waits = 0;      // grows whenever a position changes
  std::int64_t pace_per_minute = 0;  // users admitted; 0: not known yet
  std::int64_t active_limit = 1;
  std::int64_t admit_per_pass = 1;
  std::int64_t room = 0;  // how many more users may be active at this moment
  bool paused = false;
  std::optional<Opening> opening;  // nothing: none was ever set
  // A random number in the key of every cached block. A new one is drawn whenever the cached blocks
  // may speak of places that are given again.
  std::int64_t lineage = 0;
  std::optional<LastEnd> last_end;
  // Vacancies after admitted_place in its block (that of the place after it), and in the blocks
  // after that one up to the end of their superblock.
  std::int64_t vacancies_in_head_block = 0;
  std::int64_t vacancies_after_head_block = 0;
  // By superblock in ascending order, from that of the head on; admitted blocks of the head's are
  // counted too. At `superblocks_end` and beyond nothing is known.
  std::vector<std::pair<std::int64_t, std::int64_t>> vacancies_by_superblock;
  std::int64_t superblocks_end = kNoEnd;
  std::optional<Stock> stock;           // nothing: no date is on sale, or it is the main queue
  std::optional<QueueMessage> message;  // it may have ended since

  // The form of serialize(), raised with each change of it. Releases with different forms cannot
  // read each other's states, so each keeps its states apart from the others'.
  static constexpr std::int64_t kTextVersion = 5;

  static constexpr std::int64_t kNoEnd = INT64_MAX;
  static constexpr std::size_t kMostSuperblocks = 1024;  // a queue of a thousand million places

  std::int64_t head_block() const { return block_of(admitted_place + 1); }
  std::int64_t head_superblock() const { return superblock_of(admitted_place + 1); }

  // Whether the position of `place` follows from this state.
  bool knows(std::int64_t place) const {
    return place > admitted_place && superblock_of(place) < superblocks_end;
  }

  // The vacancies after admitted_place in the superblocks before this one. For the head's own
  // superblock: those in the head's block.
  std::int64_t vacancies_before_superblock(std::int64_t superblock) const;

  // The first block of a superblock that is counted by block: the superblock's first, or the one
  // after the head's. And the vacancies of the superblock from that block on.
  std::int64_t first_block(std::int64_t superblock) const;
  std::int64_t vacancies_in_superblock(std::int64_t superblock) const;

  // What vacancies_by_superblock says of a superblock.
  std::int64_t total_of(std::int64_t superblock) const;

  // Whether this state is of a later moment than `other` by what it says.
  bool is_further_than(const QueueState& other) const {
    return admitted_place > other.admitted_place || ended_waits > other.ended_waits ||
           last_place > other.last_place;
  }

  std::string serialize() const;
  // Nothing if serialize() did not make the text.
  static std::optional<QueueState> parse(std::string_view text);
  bool operator==(const QueueState&) const = default;
};

// How long a user at `position` waits, in whole seconds, at least 1; nothing while the queue is
// paused. The state's `room` fills at the rate of admission, `admit_per_pass` in `admit_interval_s`
// (0: a pass a second). Positions beyond it move at the pace of the last minute, or at what the
// limits allow while no pace is known.
std::optional<std::int64_t> estimated_wait_s(const QueueState& state, std::int64_t position,
                                             std::int64_t active_seconds,
                                             std::int64_t admit_interval_s);

// When to poll again: grows with the position from 1 to 30 s and is at most a third of
// `active_seconds`. `jitter` in [0, 1) spreads users of about the same position over half as much
// again, and those near the head over 1 and 2 s. A user who is active has position 0.
std::int64_t poll_after_s(std::int64_t position, std::int64_t active_seconds, double jitter);

}  // namespace concert
