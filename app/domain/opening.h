#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>

#include "domain/check.h"
#include "domain/instant.h"

namespace concert {

// The opening of a queue. A user who joins from register_from until register_until gets the next
// entry: 1, 2, 3 ... A user who joins later gets a place behind all entries. At opens_at the draw
// decides the order of the entries.
struct Opening {
  std::int64_t id = 0;  // made of the commitment; positive
  Instant register_from;
  Instant register_until;
  Instant opens_at;
  Instant waits_until;                  // before it no wait ends that began before the opening
  std::optional<std::int64_t> entries;  // how many there are, once that is fixed
  std::optional<Instant> drawn_at;      // when the draw was made and the queue opened

  bool is_drawn() const { return drawn_at.has_value(); }

  // Whether `seq` of a token (sql/migrations/0022_openings.sql) is an entry, not a place.
  bool is_entry(std::int64_t seq) const { return !entries || seq <= *entries; }

  bool operator==(const Opening&) const = default;
};

// closed: before registering. registering. frozen: the entries are fixed, and not drawn yet. open:
// drawn, or no opening was set.
enum class QueuePhase { closed, registering, frozen, open };

inline std::string_view to_text(QueuePhase phase) {
  switch (phase) {
    case QueuePhase::closed: return "CLOSED";
    case QueuePhase::registering: return "REGISTERING";
    case QueuePhase::frozen: return "FROZEN";
    case QueuePhase::open: return "OPEN";
  }
  throw Bug("no such phase");
}

inline QueuePhase phase_at(const std::optional<Opening>& opening, Instant now) {
  if (!opening || opening->is_drawn()) return QueuePhase::open;
  if (opening->entries || now >= opening->register_until) return QueuePhase::frozen;
  return now < opening->register_from ? QueuePhase::closed : QueuePhase::registering;
}

// Whether users are admitted, and waits lapse: not before the draw.
inline bool is_open(const std::optional<Opening>& opening) {
  return !opening || opening->is_drawn();
}

// From when on the life of a token counts that was issued at `issued_at`: a wait that began before
// the opening counts from then, however early it began.
inline Instant counted_from(const std::optional<Opening>& opening, Instant issued_at) {
  return opening ? std::max(issued_at, opening->opens_at) : issued_at;
}

// When to poll again before the draw: right after the opening if it is near, else now and then. In
// whole seconds, at least 1 and at most 30 or a third of `active_seconds`. Without `jitter`, in [0,
// 1), all users would ask in the same second.
std::int64_t poll_after_before_opening_s(std::int64_t left_ms, std::int64_t active_seconds,
                                         double jitter);

}  // namespace concert
