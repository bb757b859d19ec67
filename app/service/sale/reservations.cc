#include "service/sale/reservations.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/wording.h"
#include "domain/check.h"
#include "report/counters.h"
#include "service/access/idempotent_write.h"
#include "store/admin/admin_action_store.h"
#include "store/sale/bulk_reservation_store.h"
#include "store/sale/catalogue_store.h"
#include "store/session/settle.h"
#include "store/session/transaction.h"

namespace concert {
namespace {

constexpr int kCreated = 201;

[[noreturn]] void refuse_limit(std::int64_t limit) {
  throw Refusal(Reason::seat_limit,
                fmt::format("A user holds or owns at most {} of a date.", count_of(limit, "seat")));
}

[[noreturn]] void refuse_visit(std::int64_t most) {
  throw Refusal(Reason::hold_limit, fmt::format("A user makes at most {} within {} minutes.",
                                                count_of(most, "hold"), kVisit_minutes));
}

[[noreturn]] void refuse_closed() {
  throw Refusal(Reason::date_closed, "The sale of the date is over; its seats cannot be held.");
}

void require_on_sale(const SaleTerms& terms, Instant now) {
  if (terms.is_cancelled)
    throw Refusal(Reason::date_cancelled, "The date is cancelled; its seats cannot be held.");
  if (!terms.has_begun(now)) {
    throw Refusal(Reason::not_on_sale, "The sale of the date has not begun.")
        .with_on_sale_at(*terms.on_sale_at);
  }
  if (terms.has_ended(now)) refuse_closed();
}

void require_available(const std::vector<Seat>& seats) {
  std::vector<Seat> taken;
  std::copy_if(seats.begin(), seats.end(), std::back_inserter(taken),
               [](const Seat& seat) { return seat.state != SeatState::available; });
  if (taken.empty()) return;
  throw Refusal(Reason::seat_unavailable, "Some of these seats are not available.")
      .with_seats(std::move(taken));
}

[[noreturn]] void refuse_unknown() {
  throw Refusal(Reason::reservation_not_found, "You have no such reservation.");
}

SeatNumbers numbers_of(const std::vector<Seat>& seats) {
  SeatNumbers numbers;
  for (const Seat& seat : seats) numbers.push_back(seat.number);
  return numbers;
}

[[noreturn]] void refuse_paid() {
  throw Refusal(Reason::already_paid, "The reservation has been paid; its seats are yours.");
}

[[noreturn]] void refuse_over() {
  throw Refusal(Reason::hold_expired, "The hold has ended. Hold the seats again.");
}

// How often a hold is tried: at the last time it locks seats before it takes them. Of a wish any
// seats will do that are as good, so it is tried without first.
constexpr int kTries = 2;
constexpr int kTriesForWish = 4;

// Thrown when other users took a seat, or an administrator changed the date, between the look and
// the hold.
struct LostRace {};

}  // namespace

StoredAnswer Reservations::hold(const TokenClaims& claims, const HoldRequest& request,
                                const Render& render) {
  std::optional<ShownReservation> made;
  StoredAnswer answer = settle([&](bool) { return attempt(claims, request, render, made); });
  if (made) metrics_.add_to_cell(seats_held, made->seats.size());
  return answer;
}

StoredAnswer Reservations::attempt(const TokenClaims& claims, const HoldRequest& request,
                                   const Render& render, std::optional<ShownReservation>& made) {
  const std::optional<ShownReservation> before = made;
  // With a key, or after an attempt whose commit was not heard, the seats may be this user's own:
  // only a transaction that has locked the token can tell.
  const bool looks_first = !request.key && !before;
  for (int tries = 1;; ++tries) {
    // Most requests for a seat that many users want lose: one plain read tells them so. A request
    // that loses a race for seats which are then free again locks them, and so cannot lose twice.
    Outlook outlook{look(claims, request), tries == (request.wish ? kTriesForWish : kTries)};
    try {
      if (looks_first) require_holdable(outlook, request);
      return run_transaction(db_, [&]() -> StoredAnswer {
        made = before;
        guard_.uses().lock(outlook.token, outlook.now);
        if (before && is_there(*before)) return {"", kCreated, render(*before)};
        made.reset();
        if (auto stored = replay(db_, claims.user, request.key)) return *std::move(stored);
        if (request.wish) outlook.seats.clear();  // an attempt before may have chosen some
        if (!looks_first) require_holdable(outlook, request);
        made = make(claims.user, request, outlook);
        guard_.uses().keep_for_hold(outlook.token, made->held_until);
        auto answer = keep(db_, claims.user, request.key, {"", kCreated, render(*made)});
        halls_.add_claims(request.date, outlook.seats);
        return answer;
      });
    } catch (const LostRace&) {
      if (outlook.is_last) throw Busy("what was free when it was looked for was taken, each time");
    } catch (const ChoiceLockMissing&) {
      seats_.add_choice_lock(request.date);
      if (outlook.is_last)
        throw Busy("the lock for choices of seats was removed while seats were held");
    } catch (const Refusal&) {
      guard_.uses().note(outlook.token, outlook.now);
      throw;
    }
  }
}

bool Reservations::is_there(const Reservation& made) {
  const auto found = reservations_.find(made.user, made.id);
  // It may have been extended since.
  return found && found->date == made.date && found->seats == made.seats &&
         found->held_until >= made.held_until;
}

HoldOutlook Reservations::look(const TokenClaims& claims, const HoldRequest& request) {
  auto outlook = seats_.outlook(claims.id, request.date, request.seats, settings_.holds_per_visit);
  if (!outlook) require_active_state(TokenState::expired);
  Token& token = outlook->token;
  require_same(claims, token);
  require_active_state(state_at(token, outlook->now));
  if (token.admitted_at) token.visit_end = settings_.token_life().visit_end(*token.admitted_at);
  return *std::move(outlook);
}

void Reservations::require_holdable(Outlook& outlook, const HoldRequest& request) {
  if (!outlook.terms) throw Refusal(Reason::date_not_found, "There is no such date.");
  require_queue(outlook.token.queue, outlook.date.queue);
  if (outlook.seats.size() != request.seats.size()) {
    throw Refusal(Reason::seat_invalid,
                  fmt::format("The date has only seats 1 to {}.", outlook.seat_count))
        .with_field(request.seats_field);
  }
  if (request.wish) outlook.plan = best_.plan(request.date, outlook, *request.wish);
  require_on_sale(*outlook.terms, outlook.now);
  if (is_of_one_visit(outlook.earlier, outlook.now)) refuse_visit(settings_.holds_per_visit);
  if (outlook.own_seats + request.count() > settings_.seat_limit)
    refuse_limit(settings_.seat_limit);
  require_available(outlook.seats);
  if (request.wish) best_.search(request.date, outlook.plan, request.wish->terms);
}

void Reservations::choose(Outlook& outlook, const HoldRequest& request) {
  const ChoiceTerms& terms = request.wish->terms;
  auto chosen = outlook.is_last ? best_.choose_and_lock(request.date, outlook.plan, terms)
                                : best_.choose(request.date, outlook.plan, terms);
  if (!chosen) throw LostRace();  // other users took what the search found
  outlook.seats = std::move(chosen->seats);
  outlook.places = std::move(chosen->places);
}

ShownReservation Reservations::make(const UserId& user, const HoldRequest& request,
                                    Outlook& outlook) {
  if (request.wish) best_.lock_date(request.date, outlook.plan);
  // At the last try first, with the seats locked: then their price is known when it is inserted.
  if (request.wish && outlook.is_last) choose(outlook, request);
  const auto newest = insert(user, request, outlook);
  if (request.wish && !outlook.is_last) {
    // Chosen late: other choices in the section wait until this transaction ends.
    choose(outlook, request);
    if (price_of(outlook.seats) != outlook.plan.found_price) throw LostRace();
  }
  const std::vector<Seat>& seats = outlook.seats;
  const SeatNumbers numbers = numbers_of(seats);
  if (outlook.is_last) require_available(seats_.lock(request.date, numbers));
  if (seats_.hold(request.date, numbers, newest.id, newest.held_until) != seats.size())
    throw LostRace();
  reservations_.insert_seats(newest.id, seats);
  ShownReservation made{{newest.id, user, request.date, ReservationState::held, numbers,
                         price_of(seats), newest.held_until},
                        outlook.date};
  for (std::size_t i = 0; i < seats.size(); ++i)
    made.as_held.push_back({outlook.places[i], seats[i].price});
  return made;
}

// Inserts the hold without its seats.
ReservationStore::Newest Reservations::insert(const UserId& user, const HoldRequest& request,
                                              const Outlook& outlook) {
  const Points total = outlook.seats.empty() ? outlook.plan.found_price : price_of(outlook.seats);
  const ReservationStore::HoldTerms terms{request.count(), total, settings_.hold_seconds * 1000,
                                          last_hold_end(outlook.token, outlook.now),
                                          settings_.seat_limit};
  try {
    if (!reservations_.insert_hold(user, request.date, terms)) {
      if (outlook.is_last) refuse_closed();
      throw LostRace();  // the sale ended or was changed since the look
    }
  } catch (const ParentGone&) {
    throw LostRace();  // the date was removed since the look
  }
  // Counted after the insert and under the user's lock: parallel holds of one user see each other.
  auto newest = reservations_.newest(user, request.date, settings_.holds_per_visit);
  if (is_of_one_visit(newest.earlier, newest.made_at)) refuse_visit(settings_.holds_per_visit);
  if (newest.own_seats > settings_.seat_limit) refuse_limit(settings_.seat_limit);
  return newest;
}

ShownReservation Reservations::extend(const TokenClaims& claims, ReservationId id) {
  std::optional<Instant> before;
  return settle([&](bool) {
    return guard_.transact(claims, [&](const LockedToken& locked) {
      ShownReservation extended = extend_in_transaction(locked, id, before);
      before = extended.held_until;
      return extended;
    });
  });
}

ShownReservation Reservations::extend_in_transaction(const LockedToken& locked, ReservationId id,
                                                     const std::optional<Instant>& before) {
  const UserId& user = locked.token.user;
  require_active_state(state_at(locked.token, locked.now));
  const auto found = reservations_.lock_all(user, locked.token.queue, {id});
  if (found.reservations.empty()) refuse_unknown();
  if (found.other_queue) require_queue(locked.token.queue, *found.other_queue);
  const Reservation& reservation = found.reservations.front();
  if (reservation.state == ReservationState::paid) refuse_paid();
  if (reservation.state != ReservationState::held) refuse_over();
  if (before != reservation.held_until) prolong(reservation, locked);
  auto extended = reservations_.find(user, id);
  check(extended.has_value(), "a locked reservation is there");
  if (extended->state != ReservationState::held) refuse_over();
  return *std::move(extended);
}

// Of a hold that is locked.
void Reservations::prolong(const Reservation& reservation, const LockedToken& locked) {
  const auto record = reservations_.record(reservation.id);
  check(record.has_value(), "a locked reservation is there");
  const Instant latest = record->created_at + settings_.hold_longest_seconds * 1000;
  if (reservation.held_until >= latest) {
    throw Refusal(Reason::extension_limit,
                  fmt::format("A hold lasts at most {}. Pay for it before it ends.",
                              count_of(settings_.hold_longest_seconds, "second")));
  }
  const Instant until = std::min({locked.now + settings_.hold_seconds * 1000, latest,
                                  last_hold_end(locked.token, locked.now)});
  // It may be no gain: hold_seconds was lowered since, the token ends before, or it is the same
  // millisecond.
  if (until <= reservation.held_until) return;
  move_end(reservation, until);
  guard_.uses().keep_for_hold(locked.token, until);
}

void Reservations::move_end(const Reservation& reservation, Instant until) {
  if (!reservations_.extend(reservation.id, until)) {
    const auto date = CatalogueStore(db_).date(reservation.date);
    if (!date || !date->cancelled_at) refuse_over();
    throw Refusal(Reason::date_cancelled, "The date is cancelled; its seats cannot be held.");
  }
  // Of a hold that lapsed while this waited for a lock, another user may have taken a seat.
  if (seats_.extend(reservation.date, reservation.seats, reservation.id, until) !=
      reservation.seats.size())
    refuse_over();
}

void Reservations::release(const TokenClaims& claims, ReservationId id) {
  settle([&](bool) {
    return guard_.transact(
        claims, [&](const LockedToken& locked) { return release_in_transaction(locked, id); });
  });
}

bool Reservations::release_in_transaction(const LockedToken& locked, ReservationId id) {
  require_records_open(locked.token, locked.now);
  const auto reservation = reservations_.lock(locked.token.user, id);
  if (!reservation) refuse_unknown();
  if (reservation->state == ReservationState::paid) refuse_paid();
  // A hold that lapses this instant is over all the same.
  const bool released = reservations_.end_hold(id, ReservationState::released);
  if (!released) return false;
  seats_.release(id);
  halls_.end_claims({id}, ReservationState::released);
  return true;
}

ShownReservation Reservations::show(const TokenClaims& claims, ReservationId id) {
  guard_.require_own_records(claims);
  auto found = reservations_.find(claims.user, id);
  if (!found) refuse_unknown();
  return *std::move(found);
}

std::vector<ShownReservation> Reservations::list(const TokenClaims& claims,
                                                 std::optional<ReservationId> before,
                                                 std::int64_t limit) {
  guard_.require_own_records(claims);
  return reservations_.page(claims.user, before, limit);
}

Reservation release_reservation(Session& db, ReservationId id, const AdminAction& action) {
  ReservationStore reservations(db);
  return run_transaction(db, [&] {
    // The WHERE clause is the lock: of a payment and this, one finds the hold live.
    const bool released = reservations.end_hold(id, ReservationState::released);
    const auto record = reservations.record(id);
    if (!record) throw ChangeRefused(fmt::format("there is no reservation {}.", id.value));
    const Reservation& reservation = record->reservation;
    if (!released && reservation.state == ReservationState::paid) {
      throw ChangeRefused(fmt::format(
          "reservation {} is paid. To give the points back and free its seats: concertctl payment "
          "refund --payment {} --why TEXT",
          id.value, payment_of(id).value));
    }
    if (!released) {
      throw ChangeRefused(fmt::format("reservation {} no longer holds seats: it is {}.", id.value,
                                      to_text(reservation.state)));
    }
    SeatStore(db).release(id);
    AdminActionStore(db).append(action, fmt::format(R"({{"reservationId":{},"seatNumbers":[{}]}})",
                                                    id.value, fmt::join(reservation.seats, ",")));
    HallStore(db).end_claims({id}, ReservationState::released);
    return reservation;
  });
}

ReleasedBatch release_batch(Session& db, DateId date, ReservationId after) {
  BulkReservationStore reservations(db);
  return run_transaction(db, [&]() -> ReleasedBatch {
    const auto found = reservations.held(date, after, kReleaseBatch);
    if (found.empty()) return {};
    const auto held = reservations.lock_held(found);
    if (held.empty()) return {found.back(), 0};
    reservations.release_all(held);
    // A hold that has lapsed has lost its seats anyway.
    const auto freed = static_cast<std::int64_t>(SeatStore(db).release_all(held));
    HallStore(db).end_claims(held, ReservationState::released);
    return {found.back(), freed};
  });
}

std::size_t expire_holds(Session& db) {
  BulkReservationStore reservations(db);
  return run_transaction(db, [&] {
    auto lapsed = reservations.lock_lapsed(kExpiryBatch);
    if (lapsed.empty()) return lapsed.size();
    std::sort(lapsed.begin(), lapsed.end());
    reservations.expire(lapsed);
    // A seat that another user has taken since carries another reservation and stays as it is.
    SeatStore(db).release_all(lapsed);
    HallStore(db).end_claims(lapsed, ReservationState::expired);
    return lapsed.size();
  });
}

}  // namespace concert
