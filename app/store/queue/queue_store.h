#pragma once

#include <optional>
#include <string>
#include <vector>

#include "domain/ids.h"
#include "domain/instant.h"
#include "domain/queue_limits.h"
#include "domain/queue_message.h"
#include "domain/queue_state.h"
#include "domain/vacancies.h"
#include "store/session/session.h"

namespace concert {

// A row of the table queue.
struct QueueRow {
  QueueLimits set;
  bool paused = false;
  std::int64_t active_count = 0;  // lapsed tokens that nothing has ended yet included
  std::int64_t waiting_count = 0;
  std::int64_t last_place = 0;
  std::int64_t admitted_place = 0;
  std::optional<Instant> limit_lowered_at;
  AdmissionCredit credit;
  std::optional<std::int64_t> highest_admitted_place;  // nothing: nobody was admitted from a place
  std::int64_t visit_count = 0;       // how many active tokens have ended, however they did
  std::int64_t visit_seat_count = 0;  // how many seats these paid for
  Instant now;
  // What everybody who waits is told at this moment, as read() finds it; lock() does not look.
  std::optional<QueueMessage> message;

  std::int64_t vacancies() const { return last_place - admitted_place - waiting_count; }
};

struct QueueCounts {
  std::int64_t active = 0;
  std::int64_t waiting = 0;
  std::int64_t admitted_per_minute = 0;
  bool paused = false;
};

struct QueueWatch {
  std::int64_t oldest_wait_ms = 0;  // of the first token that waits; 0 if none waits
};

struct HoldsWatch {
  std::int64_t live = 0;    // counted up to 50000
  std::int64_t lapsed = 0;  // not yet ended; counted up to 50000
};

// The queues: their counts and limits, their vacancies, and the admissions of the last minutes.
class QueueStore {
 public:
  explicit QueueStore(Session& session) : session_(session) {}

  // Every queue, in order of id: at least the main one.
  struct Named {
    QueueId id;
    std::string name;
  };
  std::vector<Named> names();
  // Nothing if there is no such queue.
  std::optional<std::string> find_name(QueueId queue);
  std::vector<QueueId> ids();
  // Adds a queue. Throws Duplicate if another one has the id or the name.
  void add(QueueId queue, const std::string& name);

  // The queue is there.
  QueueRow read(QueueId queue);
  // Locks the row for this transaction. `now` is the moment at which the lock was granted, so it is
  // never before what another transaction noted under the lock.
  QueueRow lock(QueueId queue);

  // What every client may see. Lapsed tokens are not counted.
  QueueCounts counts(QueueId queue);

  // What only an operator watches.
  QueueWatch watch(QueueId queue);
  HoldsWatch watch_holds();

  // Takes the next place, active or waiting, for TokenStore::insert_newest(). `configured_limit` is
  // the active limit of the configuration file.
  void take_place(QueueId queue, std::int64_t configured_limit);

  // Those taken off, by a negative `count`, are visits that ended without a payment.
  void add_active(QueueId queue, std::int64_t count);
  void add_waiting(QueueId queue, std::int64_t count);

  // Notes that the wait at each of `places` ended without admission.
  void note_vacancies(QueueId queue, const std::vector<std::int64_t>& places);

  // Notes that `admitted` users were admitted and that nobody waits up to `admitted_place`. `limit`
  // is the active limit in force.
  void note_pass(QueueId queue, std::int64_t admitted, std::int64_t admitted_place,
                 std::int64_t limit);

  // Notes that the user at `place` was admitted.
  void note_admitted_place(QueueId queue, std::int64_t place);

  // Notes the credit to admit.
  void note_credit(QueueId queue, const AdmissionCredit& credit);

  // Notes how many users a whole pass admitted; nothing if none.
  void note_admission(QueueId queue, std::int64_t admitted);

  // How many users a minute were admitted within the last minute; 0 until a second pass admits any.
  // The first pass of that minute does not count: its places may have been free for long.
  std::int64_t pace_per_minute(QueueId queue);

  // How many users were admitted in each of the last `minutes`, oldest first; minutes without any
  // are left out.
  std::vector<std::pair<Instant, std::int64_t>> admitted_by_minute(QueueId queue,
                                                                   std::int64_t minutes);

  // The vacancies strictly between the places `after` and `before`; nobody waits up to `after`.
  // Reads few rows, however long the queue is.
  std::int64_t vacancies_between(QueueId queue, std::int64_t after, std::int64_t before);

  // Adds to `state` the vacancies after its admitted_place. Reads a bounded number of rows.
  void read_vacancies(QueueId queue, QueueState& state);

  // The vacancies of a superblock by block. The caller knows that they are read not before `at`.
  SuperblockCounts superblock_counts(QueueId queue, std::int64_t superblock, Instant at);

  // The vacancies of the blocks from `first_block` to `block`. The caller knows that they are read
  // not before `at`.
  BlockVacancies block_vacancies(QueueId queue, std::int64_t first_block, std::int64_t block,
                                 Instant at);

  // The vacancies among `places`, in ascending order.
  std::vector<std::int64_t> vacant_places(QueueId queue, const Range& places);

  // Replaces what an administrator set. `configured_limit` is the active limit of the file.
  void set_limits(QueueId queue, const QueueLimits& limits, std::int64_t configured_limit);
  void set_paused(QueueId queue, bool paused);

  // Replaces the message, or takes it away. The caller has locked the queue's row.
  void set_message(QueueId queue, const std::optional<QueueMessage>& message);

  // Deletes up to `limit` notes of passes before `before`. Returns how many.
  std::uint64_t prune_admissions(Instant before, std::int64_t limit);
  // Deletes up to `limit` counts of each kind of block before that of `admitted_place`. Returns how
  // many.
  std::uint64_t prune_vacancies(QueueId queue, std::int64_t admitted_place, std::int64_t limit);

 private:
  Session& session_;
};

}  // namespace concert
