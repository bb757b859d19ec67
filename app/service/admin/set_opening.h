#pragma once

#include <optional>
#include <string>

#include "domain/admin_action.h"
#include "domain/ids.h"
#include "domain/instant.h"
#include "service/queue/expire_tokens.h"

namespace concert {

// When a queue opens, as an administrator says it.
struct OpeningTimes {
  Instant opens_at;
  std::optional<Instant> register_from;   // nothing: an hour before the opening
  std::optional<Instant> register_until;  // nothing: until the opening
};

// Sets and moves openings of queues, and takes the public values of their draws.
class SetOpening {
 public:
  SetOpening(Session& db, QueueCache& cache, const Settings& settings)
      : db_(db),
        settings_(settings),
        queues_(db),
        openings_(db),
        expire_tokens_(db, cache, settings) {}

  // Sets when `queue` opens, or moves it as long as it has not opened: seed, entries and, once it
  // is fixed, their number stay. Returns false if it is so already. Throws ChangeRefused if the
  // times are not in order or in the past, the queue has opened, or users are active in it, or
  // ever waited there without having registered.
  bool open_at(QueueId queue, const OpeningTimes& times, const AdminAction& action);

  // Adds the value that nobody could know before the entries were fixed. Throws ChangeRefused
  // unless the number of entries is fixed, the queue has not opened, and it has no such value yet.
  void public_value(QueueId queue, const std::string& text, const AdminAction& action);

 private:
  Opening wanted(const QueueRow& row, const OpeningTimes& times) const;
  void require_nobody_inside(const QueueRow& row) const;

  Session& db_;
  const Settings& settings_;
  QueueStore queues_;
  OpeningStore openings_;
  ExpireTokens expire_tokens_;
};

}  // namespace concert
