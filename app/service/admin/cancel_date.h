#pragma once

#include <functional>

#include "domain/admin_action.h"
#include "domain/concert.h"
#include "store/sale/bulk_reservation_store.h"
#include "store/sale/catalogue_store.h"
#include "store/session/session.h"

namespace concert {

// Cancels a date for good, for an administrator, in two steps. Each may be killed at any point and
// run again, by anybody, also beside itself:
//
//   const auto begun = cancel.begin(date);                  // from here on nobody holds or pays
//   cancel.complete(date, [](std::int64_t tickets) {...});  // releases holds, refunds everybody
class CancelDate {
 public:
  CancelDate(Session& db, AdminAction action) : db_(db), action_(std::move(action)) {}

  struct Begun {
    ConcertId concert;
    DateTickets tickets;       // that are with users now
    bool is_complete = false;  // everybody was refunded before
  };
  // Ends the sale of the date, and records it with who and why, once. Throws ChangeRefused if there
  // is no such date, Busy if another change of the catalogue takes long.
  Begun begin(DateId date);

  // Releases what is held and refunds what is paid of a date that begin() cancelled, in batches of
  // milliseconds with rests as long between them, so that a sale beside it goes on. Calls `report`
  // after each batch with the number of tickets done so far. Records the end once. Returns what was
  // refunded since the date was cancelled. Throws ChangeRefused, once all others are refunded, if a
  // balance would pass kMaxPoints.
  using Report = std::function<void(std::int64_t tickets)>;
  BulkReservationStore::Refunded complete(DateId date, const Report& report);

 private:
  void release(DateId date, std::int64_t& done, const Report& report);
  void refund(DateId date, std::int64_t& done, const Report& report);
  // False if something is held or paid still.
  bool end(DateId date);

  Session& db_;
  AdminAction action_;
};

}  // namespace concert
