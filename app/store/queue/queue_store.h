#pragma once

#include <optional>
#include <vector>

#include "domain/admission_credit.h"
#include "domain/ids.h"
#include "domain/instant.h"
#include "domain/line.h"
#include "domain/vacancies.h"
#include "store/session/session.h"

namespace concert {

// What an administrator may set; where nothing is set, the configuration's value is in force.
struct QueueLimits {
  std::optional<std::int64_t> active_limit;
  std::optional<std::int64_t> admit_per_pass;

  bool operator==(const QueueLimits&) const = default;
};

struct QueueRow {
  QueueLimits set;
  bool paused = false;
  std::int64_t active_count = 0;  // lapsed tokens that nothing has ended yet included
  std::int64_t waiting_count = 0;
  std::int64_t last_seq = 0;
  std::int64_t admitted_seq = 0;
  std::optional<Instant> limit_lowered_at;
  AdmissionCredit credit;
  Instant now;
};

struct QueueCounts {
  std::int64_t active = 0;
  std::int64_t waiting = 0;
  std::int64_t admitted_per_minute = 0;
  bool paused = false;
};

struct QueueWatch {
  std::int64_t oldest_wait_ms = 0;  // of the head of the line; 0 if nobody waits
  std::int64_t holds_live = 0;      // counted up to 50000, as are those that lapsed
  std::int64_t holds_lapsed = 0;    // and that nothing has noted yet
};

// The line of a queue: its counts, its limits, and who left it.
class QueueStore {
 public:
  explicit QueueStore(Session& session) : session_(session) {}

  QueueRow read(QueueId queue);
  // Locks the row for this transaction. `now` is when the lock was had, never before what another
  // transaction noted under it.
  QueueRow lock(QueueId queue);

  // What everybody may see. Lapsed active tokens are not counted; nor is a wait that is over.
  QueueCounts counts(QueueId queue);

  // What only an operator watches.
  QueueWatch watch(QueueId queue);

  // Takes the next place, active or in line, for TokenStore::insert_newest().
  void take_place(QueueId queue, std::int64_t configured_limit);

  void add_active(QueueId queue, std::int64_t count);
  void add_waiting(QueueId queue, std::int64_t count);

  // Notes that the wait at each of `places` ended without admission.
  void note_gaps(QueueId queue, const std::vector<std::int64_t>& places);

  // Notes that `admitted` went in and that nobody waits up to `admitted_seq` any more.
  void note_pass(QueueId queue, std::int64_t admitted, std::int64_t admitted_seq,
                 std::int64_t limit);

  // Notes what may still be admitted.
  void note_credit(QueueId queue, const AdmissionCredit& credit);

  // Notes how many a whole pass admitted; nothing if none.
  void note_admission(QueueId queue, std::int64_t admitted);

  // At what pace users went in within the last minute; 0 before a second pass admitted any. What
  // the first pass of that minute let in counts for nothing: places may long have been free then.
  std::int64_t pace_per_minute(QueueId queue);

  // How many went in within each of the last `minutes`, oldest first; minutes without any left out.
  std::vector<std::pair<Instant, std::int64_t>> admitted_by_minute(QueueId queue,
                                                                   std::int64_t minutes);

  // How many left from strictly between the places `after` and `before`. Reads few rows, however
  // long the line; `after` is a place up to which nobody waits.
  std::int64_t left_between(QueueId queue, std::int64_t after, std::int64_t before);

  // Adds to `line` the vacancies after its admitted_seq. Reads a bounded number of rows.
  void read_vacancies(QueueId queue, LineState& line);

  // The vacancies of a block of blocks by block, read not before `at`.
  SuperblockCounts superblock_counts(QueueId queue, std::int64_t superblock, Instant at);

  // Those of the blocks from `first_block` to `block`, read not before `at`.
  BlockVacancies block_vacancies(QueueId queue, std::int64_t first_block, std::int64_t block,
                                 Instant at);

  // The places in `range` whose wait ended without admission, in ascending order.
  std::vector<std::int64_t> gaps(QueueId queue, const Range& range);

  // Replaces what an administrator set; nothing in a member means the configuration's value.
  void set_limits(QueueId queue, const QueueLimits& limits, std::int64_t configured_limit);
  void set_paused(QueueId queue, bool paused);

  // Deletes up to `limit` notes of passes before `before`. Returns how many.
  std::uint64_t prune_admissions(Instant before, std::int64_t limit);
  // Deletes up to `limit` counts of blocks before that of `admitted_seq`. Returns how many.
  std::uint64_t prune_gaps(QueueId queue, std::int64_t admitted_seq, std::int64_t limit);

 private:
  Session& session_;
};

}  // namespace concert
