#include <fmt/format.h>

#include "base/command_line.h"
#include "base/csv.h"
#include "base/encoding.h"
#include "base/settings_source.h"
#include "ctl/commands/command.h"
#include "service/sale/ticket_code.h"
#include "store/sale/catalogue_store.h"
#include "store/sale/ticket_store.h"
#include "store/session/transaction.h"

namespace concert {
namespace {

constexpr char kForged[] = "FORGED";

// What a door wants to know of a date.
struct DoorDate {
  DateRecord date;
  std::string title;
  std::string venue;
};

std::optional<DoorDate> find_date(Backend& backend, DateId id) {
  CatalogueStore catalogue(backend.db);
  const auto date = catalogue.date(id);
  if (!date) return std::nullopt;
  const auto concert = catalogue.concert(date->concert);
  if (!concert) return std::nullopt;  // removed between the two reads
  return DoorDate{*date, concert->texts.title,
                  date->venue.empty() ? concert->texts.venue : date->venue};
}

void add_date(Json::Value& json, const DoorDate& of) {
  json["concertDateId"] = json_number(of.date.id.value);
  json["concertId"] = json_number(of.date.concert.value);
  json["title"] = of.title;
  json["venue"] = of.venue;
  json["startsAt"] = of.date.starts_at.rfc3339();
}

// The members that every answer of `ticket verify` has.
Json::Value unknown_ticket() {
  Json::Value json(Json::objectValue);
  for (const char* name :
       {"ticketId", "reservationId", "seatNumber", "label", "section", "row", "category", "userId",
        "concertDateId", "concertId", "title", "venue", "startsAt"})
    json[name] = Json::Value();
  return json;
}

CommandResult forged(const std::string& why) {
  CommandResult result;
  result.exit_code = kExitRefused;
  result.text = fmt::format("{}  {}\n", kForged, why);
  result.json = unknown_ticket();
  result.json["status"] = kForged;
  return result;
}

// "seat 17", or where it is in its hall: "seat A-12 (17), section 101"
std::string seat_text(const TicketRecord& record) {
  const SeatPlace& place = record.place;
  if (place.section.empty()) return fmt::format("seat {}", record.ticket.seat);
  return fmt::format("seat {} ({}), section {}", place.label, record.ticket.seat, place.section);
}

CommandResult verified(const TicketRecord& record, const DoorDate& of) {
  const Ticket& ticket = record.ticket;
  CommandResult result;
  result.exit_code = ticket.state == TicketState::valid ? kExitDone : kExitRefused;
  result.text =
      fmt::format("{:<6}  {} of date {}: {} - {}, {}\nticket  {} of reservation {}{}\n",
                  to_text(ticket.state), seat_text(record), ticket.date.value, of.title, of.venue,
                  of.date.starts_at.rfc3339(), ticket.id.value, record.reservation.value,
                  ticket.state == TicketState::valid ? "" : ", which was refunded");
  result.json = unknown_ticket();
  result.json["status"] = std::string(to_text(ticket.state));
  result.json["ticketId"] = json_number(ticket.id.value);
  result.json["reservationId"] = json_number(record.reservation.value);
  result.json["seatNumber"] = ticket.seat;
  add_place(result.json, record.place);
  result.json["userId"] = record.user.text();
  add_date(result.json, of);
  return result;
}

TicketKey key_of(const Settings& settings) {
  if (settings.ticket_key.empty()) {
    throw ConfigurationError(
        "there is no ticket key that this user can read, so no ticket can be checked. Run this as "
        "root; if `concertctl doctor` says that there is none, make one.");
  }
  return TicketKey(settings.ticket_key);
}

CommandResult ticket_verify(Backend& backend, const CommandArguments& given) {
  const TicketKey key = key_of(backend.settings);
  const auto claims = read_ticket_code(key, trimmed(given.text("code"), " \t\r\n"));
  if (!claims) return forged("the code was altered, is not whole, or was made with another key.");
  const Snapshot one_moment(backend.db);
  const auto record = TicketStore(backend.db).find(claims->ticket);
  const bool is_there =
      record && record->ticket.date == claims->date && record->ticket.seat == claims->seat;
  const auto date = is_there ? find_date(backend, claims->date) : std::nullopt;
  if (!date) return forged("the code is genuine, but there is no such ticket in this database.");
  return verified(*record, *date);
}

std::string csv_of(const std::vector<TicketRecord>& tickets) {
  Csv csv({"seat", "ticketId", "status", "reservationId", "userId", "label", "section", "row",
           "category"});
  for (const TicketRecord& record : tickets) {
    const SeatPlace& place = record.place;
    csv.add(record.ticket.seat).add(record.ticket.id.value).add(to_text(record.ticket.state));
    csv.add(record.reservation.value).add(record.user.text()).add(place.label).add(place.section);
    csv.add(place.row).add(place.category).end_row();
  }
  return csv.text();
}

std::string table_of(const std::vector<TicketRecord>& tickets) {
  static constexpr char kLine[] = "{:>6}  {:>16}  {:<6}  {:>12}  {}{}\n";
  std::string text = fmt::format(kLine, "seat", "ticket", "status", "reservation", "user", "");
  for (const TicketRecord& record : tickets) {
    const std::string place = place_text(record.place);
    text += fmt::format(kLine, record.ticket.seat, record.ticket.id.value,
                        to_text(record.ticket.state), record.reservation.value, record.user.text(),
                        place.empty() ? "" : "  " + place);
  }
  return text;
}

Json::Value to_json(const TicketRecord& record) {
  Json::Value json(Json::objectValue);
  json["seatNumber"] = record.ticket.seat;
  add_place(json, record.place);
  json["ticketId"] = json_number(record.ticket.id.value);
  json["status"] = std::string(to_text(record.ticket.state));
  json["reservationId"] = json_number(record.reservation.value);
  json["userId"] = record.user.text();
  return json;
}

CommandResult ticket_list(Backend& backend, const CommandArguments& given) {
  require_one_form(given);
  const DateId id{given.number("date")};
  const Snapshot one_moment(backend.db);
  const auto date = find_date(backend, id);
  if (!date) throw CommandRefused(fmt::format("there is no date {}.", id.value));
  const auto tickets = TicketStore(backend.db).of_date(id);
  CommandResult result;
  result.text = given.has("csv") ? csv_of(tickets) : table_of(tickets);
  add_date(result.json, *date);
  result.json["tickets"] = Json::Value(Json::arrayValue);
  for (const TicketRecord& record : tickets) result.json["tickets"].append(to_json(record));
  return result;
}

}  // namespace

std::vector<Command> ticket_commands() {
  return {
      {.words = "ticket verify",
       .help = "says whether a ticket lets its bearer in: VALID (exit 0), VOID or FORGED (exit 1)",
       .run = ticket_verify,
       .operand = {"CODE", "what stands on the ticket"}},
      {.words = "ticket list",
       .help = "shows the tickets of a date by seat, those that were refunded too: the door list",
       .options = {required(id_option("date", "the date")),
                   flag_option("csv", "as a file for a spreadsheet")},
       .run = ticket_list},
  };
}

}  // namespace concert
