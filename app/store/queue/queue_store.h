#pragma once

#include <optional>
#include <string>
#include <vector>

#include "domain/ids.h"
#include "domain/instant.h"
#include "domain/opening.h"
#include "domain/queue_limits.h"
#include "domain/queue_message.h"
#include "store/session/session.h"

namespace concert {

// A row of the table queue.
struct QueueRow {
  QueueLimits set;
  std::optional<std::int64_t> active_share;  // of total_active_limit; nothing: there is no total
  bool paused = false;
  std::int64_t active_count = 0;    // lapsed tokens that nothing has ended yet included
  std::int64_t waiting_count = 0;   // at places
  std::int64_t returned_count = 0;  // before all places: see ReturnStore
  std::int64_t last_place = 0;
  std::int64_t admitted_place = 0;
  std::optional<Instant> limit_lowered_at;
  AdmissionCredit credit;
  std::optional<Opening> opening;                      // nothing: none was ever set
  std::optional<std::int64_t> highest_admitted_place;  // nothing: nobody was admitted from a place
  std::int64_t visit_count = 0;       // how many active tokens have ended, however they did
  std::int64_t visit_seat_count = 0;  // how many seats these paid for
  Instant now;
  // What everybody who waits is told at this moment, as read() finds it; lock() does not look.
  std::optional<QueueMessage> message;

  // From when on lives count that began before: the epoch without an opening.
  Instant opened_at() const { return opening ? opening->opens_at : Instant{}; }
  std::int64_t waiting() const { return waiting_count + returned_count; }
  std::int64_t vacancies() const { return last_place - admitted_place - waiting_count; }
};

// The columns of an opening, and how a row is read that has them from `first` on.
inline constexpr char kOpeningColumns[] =
    "opening_id, register_from, register_until, opens_at, waits_until, entries, drawn_at";
std::optional<Opening> read_opening(const Rows& rows, std::uint32_t first);

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

// The queues: their counts, limits and openings, and the admissions of the last minutes.
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
  // Adds a queue. Where there is a total_active_limit, it has no share of it before the next pass.
  // Throws Duplicate if another one has the id or the name.
  void add(QueueId queue, const std::string& name);

  // The queue is there.
  QueueRow read(QueueId queue);
  // Locks the row for this transaction. `now` is the moment at which the lock was granted, so it is
  // never before what another transaction noted under the lock.
  QueueRow lock(QueueId queue);

  // All queues, each row locked for this transaction.
  std::vector<std::pair<QueueId, QueueRow>> lock_all();
  // Without a lock.
  std::vector<std::pair<QueueId, QueueRow>> read_all();

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

  // Notes that `admitted` users were admitted from their places, and that nobody waits up to
  // `admitted_place`. `limit` is the active limit in force.
  void note_pass(QueueId queue, std::int64_t admitted, std::int64_t admitted_place,
                 std::int64_t limit);

  // Notes how many users may be active of those that total_active_limit allows; nothing: there is
  // no total.
  void set_share(QueueId queue, std::optional<std::int64_t> share);

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

  // Replaces what an administrator set. `configured_limit` is the active limit of the file.
  void set_limits(QueueId queue, const QueueLimits& limits, std::int64_t configured_limit);
  void set_paused(QueueId queue, bool paused);

  // Sets the opening of a queue in which nobody ever had a place, or moves it.
  void set_opening(QueueId queue, const Opening& opening);
  // Fixes the number of entries: all places that were given until now.
  void fix_entries(QueueId queue);
  // Notes that the entries are drawn: from now on the queue admits.
  void note_draw(QueueId queue);
  // Replaces the message, or takes it away. The caller has locked the queue's row.
  void set_message(QueueId queue, const std::optional<QueueMessage>& message);

  // Deletes up to `limit` notes of passes before `before`. Returns how many.
  std::uint64_t prune_admissions(Instant before, std::int64_t limit);

 private:
  Session& session_;
};

}  // namespace concert
