#include "service/sale/hold_seats.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/wording.h"
#include "store/session/settle.h"
#include "store/session/transaction.h"

namespace concert {
namespace {

constexpr int kCreated = 201;

[[noreturn]] void refuse_limit(std::int64_t limit) {
  throw Refusal(Reason::seat_limit,
                fmt::format("A user holds or owns at most {} of a date.", count_of(limit, "seat")));
}

[[noreturn]] void refuse_closed() {
  throw Refusal(Reason::date_closed, "The date has begun; its seats cannot be held any more.");
}

void require_available(const std::vector<Seat>& seats) {
  std::vector<Seat> taken;
  std::copy_if(seats.begin(), seats.end(), std::back_inserter(taken),
               [](const Seat& seat) { return seat.state != SeatState::available; });
  if (taken.empty()) return;
  throw Refusal(Reason::seat_unavailable, "Some of the seats are not to be had.")
      .with_seats(std::move(taken));
}

// Thrown when others took a seat between the look and the hold.
struct LostRace {};

}  // namespace

StoredAnswer HoldSeats::run(const TokenClaims& claims, const HoldRequest& request,
                            const Render& render) {
  std::optional<Reservation> made;
  StoredAnswer answer = settle([&](bool) { return attempt(claims, request, render, made); });
  if (made) backend_.count(seats_held, static_cast<std::int64_t>(request.seats.size()));
  return answer;
}

StoredAnswer HoldSeats::attempt(const TokenClaims& claims, const HoldRequest& request,
                                const Render& render, std::optional<Reservation>& made) {
  const std::optional<Reservation> before = made;
  // Then only whoever has locked the token can tell whose the seats are.
  const bool looks_first = !request.key && !before;
  for (bool lost = false;; lost = true) {
    // Most who come after a seat that many want lose: they learn it from one plain read. Who lost
    // a seat that is free again by the next one takes it under lock, and so cannot lose it again.
    HoldOutlook outlook = look(claims, request);
    try {
      if (looks_first) require_holdable(outlook, request);
      return run_transaction(backend_.db, [&]() -> StoredAnswer {
        made = before;
        guard_.lock_after_look(outlook.token, outlook.now);
        if (before && is_there(*before)) return {"", kCreated, render(*before)};
        made.reset();
        if (auto stored = replay(backend_, claims.user, request.key)) return *std::move(stored);
        if (!looks_first) require_holdable(outlook, request);
        made = hold(claims.user, request, outlook.seats, lost);
        return keep(backend_, claims.user, request.key, {"", kCreated, render(*made)});
      });
    } catch (const LostRace&) {
      if (lost) throw Busy("the database's clock was set back while seats were held");
    } catch (const Refusal&) {
      guard_.note_use(outlook.token, outlook.now);
      throw;
    }
  }
}

bool HoldSeats::is_there(const Reservation& made) {
  const auto found = backend_.reservations.find(made.user, made.id);
  return found && found->date == made.date && found->held_until == made.held_until;
}

HoldOutlook HoldSeats::look(const TokenClaims& claims, const HoldRequest& request) {
  auto outlook = backend_.seats.outlook(claims.id, request.date, request.seats);
  if (!outlook) Guard::require(TokenState::expired);
  Guard::require_same(claims, outlook->token);
  Guard::require(state_at(outlook->token, outlook->now));
  return *std::move(outlook);
}

void HoldSeats::require_holdable(const HoldOutlook& outlook, const HoldRequest& request) const {
  const auto asked = static_cast<std::int64_t>(request.seats.size());
  if (!outlook.starts_at) throw Refusal(Reason::date_not_found, "There is no such date.");
  if (outlook.seats.size() != request.seats.size()) {
    throw Refusal(Reason::seat_invalid,
                  fmt::format("The date has only seats 1 to {}.", outlook.seat_count))
        .with_field(request.seats_field);
  }
  if (*outlook.starts_at <= outlook.now) refuse_closed();
  if (outlook.own_seats + asked > backend_.settings.seat_limit)
    refuse_limit(backend_.settings.seat_limit);
  require_available(outlook.seats);
}

Reservation HoldSeats::hold(const UserId& user, const HoldRequest& request,
                            const std::vector<Seat>& seats, bool lock_first) {
  const ReservationStore::HoldTerms terms{backend_.settings.hold_seconds * 1000,
                                          backend_.settings.seat_limit};
  if (!backend_.reservations.insert_hold(user, request.date, seats, terms)) refuse_closed();
  // Counted after the insert and under the user's lock: parallel holds of one user see each other.
  const auto newest = backend_.reservations.newest(user, request.date);
  if (newest.own_seats > backend_.settings.seat_limit) refuse_limit(backend_.settings.seat_limit);
  if (lock_first) require_available(backend_.seats.lock(request.date, request.seats));
  if (backend_.seats.hold(request.date, request.seats, newest.id, newest.held_until) !=
      seats.size()) {
    throw LostRace();
  }
  backend_.reservations.insert_seats(newest.id, seats);
  Reservation reservation{newest.id,     user, request.date,     ReservationState::held,
                          request.seats, 0,    newest.held_until};
  for (const Seat& seat : seats) reservation.total += seat.price;
  return reservation;
}

}  // namespace concert
