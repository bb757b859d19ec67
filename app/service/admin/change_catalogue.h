#pragma once

#include <optional>
#include <string>
#include <vector>

#include "domain/admin_action.h"
#include "domain/concert.h"
#include "service/admin/catalogue_rules.h"
#include "store/sale/catalogue_store.h"
#include "store/session/session.h"

namespace concert {

// What became of a date that was changed.
struct ChangedDate {
  ConcertId concert;
  std::vector<FieldChange> changes;
  DateTickets tickets;  // that the change concerns
};

// The prices of a date after a change.
struct Repriced {
  std::uint64_t changed = 0;  // seats
  DateTickets tickets;        // which keep their price
};

// A date's seats after some were added: `first` to `last` are new.
struct AddedSeats {
  ConcertId concert;
  SeatNumber first = 0;
  SeatNumber last = 0;
};

// The changes of concerts and dates that an administrator makes one by one. Each is one transaction
// with its record, and one runs at a time: throws Busy if another takes long. Each throws
// ChangeRefused, with the reason and what to do instead; nothing was changed then. A change to what
// is there already changes and records nothing.
class ChangeCatalogue {
 public:
  ChangeCatalogue(Session& db, AdminAction action, const Allowed& allowed = {})
      : db_(db), action_(std::move(action)), allowed_(allowed) {}

  ConcertId add_concert(const ConcertTexts& texts);
  std::vector<FieldChange> set_concert(ConcertId concert, const ConcertChange& change);
  // Removes a concert with its dates, or a date, if nothing of it was ever held. Reservations that
  // ended before `kept_since` may have been deleted. Returns the dates, or the date's concert.
  std::vector<DateId> remove_concert(ConcertId concert, Instant kept_since);
  ConcertId remove_date(DateId date, Instant kept_since);

  // An empty venue is the concert's.
  struct NewDate {
    ConcertId concert;
    Instant starts_at;
    std::string venue;
    SeatNumber seats = 0;
    Points price = 0;
    std::optional<Instant> on_sale_at{};    // nothing: at once
    std::optional<Instant> sales_end_at{};  // nothing: until it begins
  };
  DateId add_date(const NewDate& date);
  ChangedDate set_date(DateId date, const DateChange& change);
  // From the moment that it returns no hold of the date is made; what is held can be paid. It waits
  // for holds that are being made, not for seats.
  ChangedDate stop(DateId date) { return set_stopped(date, SaleSwitch::stop); }
  ChangedDate resume(DateId date) { return set_stopped(date, SaleSwitch::resume); }
  // A seat that is held or sold has the price at its hold in its reservation; once it is let go it
  // costs the new one. Of a category, where one is given: of a date with a layout.
  Repriced set_price(DateId date, Points price,
                     const std::optional<std::string>& category = std::nullopt);
  // Of a date without a layout.
  AddedSeats add_seats(DateId date, SeatNumber seats, Points price);

 private:
  enum class SaleSwitch { stop, resume };
  ChangedDate set_stopped(DateId date, SaleSwitch to);
  DateRecord require_date(DateId date);
  std::uint64_t reprice_sections(DateId date, Points price,
                                 const std::optional<std::string>& category);
  // A date that is not cancelled.
  DateRecord require_changeable(DateId date);
  ConcertRecord require_concert(ConcertId concert);
  void require_to_come(Instant starts_at);

  Session& db_;
  AdminAction action_;
  Allowed allowed_;
};

}  // namespace concert
