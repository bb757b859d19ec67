#include <fmt/format.h>

#include "base/csv.h"
#include "ctl/commands/command.h"
#include "store/sale/catalogue_store.h"
#include "store/sale/reservation_store.h"
#include "store/session/transaction.h"

namespace concert {
namespace {

using Booking = ReservationStore::Record;

std::string text_of(const std::optional<Instant>& at) { return at ? at->rfc3339() : ""; }

// The seats with spaces between: a spreadsheet may take 3-4 for a date and 3,4 for a fraction.
std::string seats_of(const SeatNumbers& seats) { return fmt::format("{}", fmt::join(seats, " ")); }

// Where they are in their hall, with commas between; empty for a date without a layout.
std::string places_of(const Reservation& reservation) {
  std::string text;
  for (const ReservedSeat& seat : reservation.as_held) {
    const std::string place = place_text(seat.place);
    if (!place.empty()) text += (text.empty() ? "" : ", ") + place;
  }
  return text;
}

std::string csv_of(const std::vector<Booking>& bookings) {
  Csv csv({"reservationId", "status", "userId", "seats", "totalPrice", "refundedSeats",
           "refundedAmount", "paymentId", "createdAt", "heldUntil", "paidAt", "endedAt", "places"});
  for (const Booking& booking : bookings) {
    const Reservation& of = booking.reservation;
    csv.add(of.id.value).add(to_text(of.state)).add(of.user.text()).add(seats_of(of.seats));
    csv.add(of.total).add(seats_of(of.refunded)).add(of.refunded_amount);
    csv.add(booking.paid_at ? std::to_string(payment_of(of.id).value) : "");
    csv.add(booking.created_at.rfc3339()).add(of.held_until.rfc3339());
    csv.add(text_of(booking.paid_at)).add(text_of(booking.ended_at));
    csv.add(places_of(of)).end_row();
  }
  return csv.text();
}

std::string table_of(const std::vector<Booking>& bookings) {
  static constexpr char kLine[] = "{:>11}  {:<8}  {:<24}  {:<36}  {:>12}  {:>12}  {}{}\n";
  std::string text =
      fmt::format(kLine, "reservation", "status", "made", "user", "total", "refunded", "seats", "");
  for (const Booking& booking : bookings) {
    const Reservation& of = booking.reservation;
    const std::string places = places_of(of);
    text += fmt::format(kLine, of.id.value, to_text(of.state), booking.created_at.rfc3339(),
                        of.user.text(), of.total, of.refunded_amount, seats_of(of.seats),
                        places.empty() ? "" : ": " + places);
  }
  return text;
}

Json::Value to_json(const Booking& booking) {
  const Reservation& of = booking.reservation;
  Json::Value json(Json::objectValue);
  json["reservationId"] = json_number(of.id.value);
  json["status"] = std::string(to_text(of.state));
  json["userId"] = of.user.text();
  json["seatNumbers"] = json_numbers(of.seats);
  json["seats"] = seats_json(of);
  json["prices"] = json_numbers(of.prices());
  json["totalPrice"] = json_number(of.total);
  json["refundedSeatNumbers"] = json_numbers(of.refunded);
  json["refundedAmount"] = json_number(of.refunded_amount);
  json["paymentId"] = booking.paid_at ? json_number(payment_of(of.id).value) : Json::Value();
  json["createdAt"] = booking.created_at.rfc3339();
  json["heldUntil"] = of.held_until.rfc3339();
  json["paidAt"] = json_time(booking.paid_at);
  json["endedAt"] = json_time(booking.ended_at);
  return json;
}

CommandResult date_bookings(Backend& backend, const CommandArguments& given) {
  require_one_form(given);
  const DateId id{given.number("date")};
  const Snapshot one_moment(backend.db);
  const auto date = CatalogueStore(backend.db).date(id);
  if (!date) throw CommandRefused(fmt::format("there is no date {}.", id.value));
  const auto bookings = ReservationStore(backend.db).of_date(id);
  CommandResult result;
  if (given.has("csv")) {
    result.text = csv_of(bookings);
  } else if (!given.json) {
    result.text = table_of(bookings);
  }
  result.json["concertDateId"] = json_number(id.value);
  result.json["concertId"] = json_number(date->concert.value);
  result.json["startsAt"] = date->starts_at.rfc3339();
  result.json["bookings"] = Json::Value(Json::arrayValue);
  for (const Booking& booking : bookings) result.json["bookings"].append(to_json(booking));
  return result;
}

}  // namespace

std::vector<Command> booking_commands() {
  return {{.words = "date bookings",
           .help = "shows every reservation of a date, those that ended too: seats, user, payment",
           .options = {required(id_option("date", "the date")),
                       flag_option("csv", "as a file for a spreadsheet")},
           .run = date_bookings}};
}

}  // namespace concert
