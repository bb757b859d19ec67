#include <fmt/format.h>

#include <algorithm>

#include "base/parse_number.h"
#include "base/wording.h"
#include "ctl/commands/command.h"
#include "service/admin/block_seats.h"
#include "service/points/refunds.h"
#include "service/sale/reservations.h"
#include "store/sale/reservation_store.h"

namespace concert {
namespace {

// "Seats 1, 2 of date 3 are"
std::string seats_are(const SeatNumbers& seats, DateId date) {
  const bool is_one = seats.size() == 1;
  return fmt::format("{} {} of date {} {}", is_one ? "Seat" : "Seats", few_of(seats), date.value,
                     is_one ? "is" : "are");
}

// Of a refund of `what`: "payment 7".
CommandResult refunded(const Backend& backend, const std::string& what, const Refund& made) {
  const auto& [reservation, entry, seats] = made;
  CommandResult result;
  result.text = fmt::format("{} of {} is refunded to user {}: balance {}. {} free.\n", what,
                            count_of(entry.amount, "point"), entry.user.text(), entry.balance_after,
                            seats_are(seats, reservation.date));
  if (entry.balance_after > backend.settings.balance_limit) {
    result.text += fmt::format(
        "The balance is over balance_limit ({}): the user cannot charge before spending.\n",
        backend.settings.balance_limit);
  }
  result.json["paymentId"] = json_number(payment_of(reservation.id).value);
  result.json["userId"] = entry.user.text();
  result.json["amount"] = json_number(entry.amount);
  result.json["balance"] = json_number(entry.balance_after);
  result.json["entryId"] = json_number(entry.number.value);
  result.json["concertDateId"] = json_number(reservation.date.value);
  result.json["seatNumbers"] = json_numbers(seats);
  return result;
}

CommandResult payment_refund(Backend& backend, const CommandArguments& given) {
  const PaymentId id{given.number("payment")};
  return refunded(backend, fmt::format("payment {}", id.value),
                  refund_payment(backend.db, id, action_of(given)));
}

CommandResult reservation_release(Backend& backend, const CommandArguments& given) {
  const ReservationId id{given.number("reservation")};
  const Reservation was = release_reservation(backend.db, id, action_of(given));
  CommandResult result;
  result.text = fmt::format("reservation {} is released. {} free.\n", id.value,
                            seats_are(was.seats, was.date));
  result.json["reservationId"] = json_number(id.value);
  result.json["concertDateId"] = json_number(was.date.value);
  result.json["seatNumbers"] = json_numbers(was.seats);
  return result;
}

CommandResult reservation_show(Backend& backend, const CommandArguments& given) {
  const ReservationId id{given.number("reservation")};
  const auto record = ReservationStore(backend.db).record(id);
  if (!record) {
    throw CommandRefused(
        fmt::format("there is no reservation {}; one that ended without a payment is kept for {}.",
                    id.value, count_of(backend.settings.keep_reservations_days, "day")));
  }
  const Reservation& reservation = record->reservation;
  const std::string ended = record->ended_at ? record->ended_at->rfc3339() : "";
  const std::string back = reservation.refunded.empty()
                               ? "-"
                               : fmt::format("{} for {} {}", reservation.refunded_amount,
                                             reservation.refunded.size() == 1 ? "seat" : "seats",
                                             few_of(reservation.refunded));
  const std::string paid = record->paid_at ? record->paid_at->rfc3339() : "";
  CommandResult result;
  result.text = fmt::format(
      "reservation  {}\nstatus       {}\nuser         {}\ndate         {}\nseats        {}\n"
      "prices       {}\ntotal        {}\ngiven back   {}\nmade         {}\nheld until   "
      "{}\n{:<13}{}\n"
      "paid         {}\n",
      id.value, to_text(reservation.state), reservation.user.text(), reservation.date.value,
      few_of(reservation.seats), few_of(reservation.prices()), reservation.total, back,
      record->created_at.rfc3339(), reservation.held_until.rfc3339(),
      reservation.state == ReservationState::refunded ? "refunded" : "ended",
      ended.empty() ? "-" : ended, paid.empty() ? "-" : paid);
  Json::Value& json = result.json;
  json["reservationId"] = json_number(id.value);
  json["status"] = std::string(to_text(reservation.state));
  json["userId"] = reservation.user.text();
  json["concertDateId"] = json_number(reservation.date.value);
  json["seatNumbers"] = json_numbers(reservation.seats);
  json["seats"] = seats_json(reservation);
  json["prices"] = json_numbers(reservation.prices());
  json["totalPrice"] = json_number(reservation.total);
  json["refundedSeatNumbers"] = json_numbers(reservation.refunded);
  json["refundedAmount"] = json_number(reservation.refunded_amount);
  json["createdAt"] = record->created_at.rfc3339();
  json["heldUntil"] = reservation.held_until.rfc3339();
  json["endedAt"] = json_time(record->ended_at);
  json["paidAt"] = json_time(record->paid_at);
  return result;
}

[[noreturn]] void wrong_seats() {
  throw UsageError(fmt::format(
      "--seats must be numbers and ranges from 1 to {}, like 1,2,10-12, none twice.", kMaxSeats));
}

SeatNumber read_seat(std::string_view text) {
  const auto seat = parse_number<SeatNumber>(text, 1, kMaxSeats);
  if (!seat) wrong_seats();
  return *seat;
}

// Reads 1,2,10-12.
SeatNumbers read_seats(const CommandArguments& given) {
  SeatNumbers seats;
  std::string_view rest = given.text("seats");
  for (bool more = true; more;) {
    const auto comma = rest.find(',');
    const std::string_view part = rest.substr(0, comma);
    more = comma != std::string_view::npos;
    if (more) rest.remove_prefix(comma + 1);
    const auto dash = part.find('-');
    const SeatNumber first = read_seat(part.substr(0, dash));
    const SeatNumber last =
        dash == std::string_view::npos ? first : read_seat(part.substr(dash + 1));
    if (last < first) wrong_seats();
    for (SeatNumber seat = first; seat <= last; ++seat) seats.push_back(seat);
  }
  std::sort(seats.begin(), seats.end());
  if (std::adjacent_find(seats.begin(), seats.end()) != seats.end()) wrong_seats();
  return seats;
}

CommandResult reservation_refund(Backend& backend, const CommandArguments& given) {
  const ReservationId id{given.number("reservation")};
  const SeatNumbers seats = read_seats(given);
  const Refund made = refund_seats(backend.db, id, seats, action_of(given));
  CommandResult result = refunded(
      backend,
      fmt::format("{} of payment {}", count_of(static_cast<std::int64_t>(seats.size()), "seat"),
                  payment_of(id).value),
      made);
  result.json["reservationId"] = json_number(id.value);
  return result;
}

CommandResult change_seats(Backend& backend, const CommandArguments& given, bool block) {
  const DateId date{given.number("date")};
  const SeatNumbers seats = read_seats(given);
  if (seats.size() > kMostBlockedSeats)
    throw UsageError(fmt::format("--seats may name {} seats at once.", kMostBlockedSeats));
  if (block) {
    block_seats(backend.db, date, seats, action_of(given));
  } else {
    unblock_seats(backend.db, date, seats, action_of(given));
  }
  CommandResult result;
  result.text =
      fmt::format("{} of date {} {}: {}\n", seats.size() == 1 ? "seat" : "seats", date.value,
                  block ? "taken from sale" : "for sale again", few_of(seats));
  result.json["concertDateId"] = json_number(date.value);
  result.json["seatNumbers"] = json_numbers(seats);
  return result;
}

}  // namespace

std::vector<Command> reservation_commands() {
  const CommandOption reservation = required(id_option("reservation", "the reservation"));
  const std::vector<CommandOption> seats_of_date{
      required(id_option("date", "the date")),
      required(
          text_option("seats", "LIST", fmt::format("seats from 1 to {}: 1,2,10-12", kMaxSeats)))};
  return {
      {.words = "reservation show",
       .help = "shows a reservation of any user",
       .options = {reservation},
       .run = reservation_show},
      {.words = "reservation release",
       .help = "frees the seats of a live hold",
       .options = {reservation},
       .run = reservation_release,
       .why = Why::required},
      {.words = "reservation refund",
       .help =
           "gives the points of some seats of a paid reservation back, each once, and frees them",
       .options = {reservation, required(text_option("seats", "LIST", "which of its seats: 3,4"))},
       .run = reservation_refund,
       .why = Why::required},
      {.words = "payment refund",
       .help = "gives the points of a payment back, once, and frees its seats",
       .options = {required(id_option("payment", "the payment"))},
       .run = payment_refund,
       .why = Why::required},
      {.words = "seat block",
       .help = "takes free seats from sale, all or none",
       .options = seats_of_date,
       .run = [](Backend& b,
                 const CommandArguments& given) { return change_seats(b, given, true); },
       .why = Why::required},
      {.words = "seat unblock",
       .help = "puts blocked seats back on sale, all or none",
       .options = seats_of_date,
       .run = [](Backend& b,
                 const CommandArguments& given) { return change_seats(b, given, false); },
       .why = Why::optional},
  };
}

}  // namespace concert
