#include "ctl/commands/catalogue.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/wording.h"
#include "cache/dates_cache.h"
#include "ctl/commands/command.h"
#include "store/admin/admin_action_store.h"
#include "store/sale/concert_store.h"
#include "store/session/errors.h"
#include "store/session/transaction.h"

namespace concert {
namespace {

constexpr std::int64_t kPage = 500;

std::string read_name(const CommandArguments& given, const std::string& option) {
  const std::string& text = given.text(option);
  const std::string fault = fault_of_name(text);
  if (!fault.empty()) throw UsageError(fmt::format("--{} {}.", option, fault));
  return text;
}

ConcertId read_concert(const CommandArguments& given) { return ConcertId{given.number("concert")}; }

CommandResult concert_add(Backend& backend, const CommandArguments& given) {
  const std::string title = read_name(given, "title");
  const std::string venue = read_name(given, "venue");
  const ConcertId id = run_transaction(backend.db, [&] {
    const ConcertId added = ConcertStore(backend.db).add(title, venue);
    AdminActionStore(backend.db)
        .append(action_of(given), fmt::format(R"({{"concertId":{}}})", added.value));
    return added;
  });
  // If the database lost its newest rows, dates of an earlier concert with this id may be cached.
  DatesCache(backend.cache).invalidate(id);
  CommandResult result;
  result.text = fmt::format("{}\n", id.value);
  result.json["concertId"] = json_number(id.value);
  return result;
}

// The id of the date that begins at `starts_at`; 0 if there is none.
std::int64_t date_at(Backend& backend, ConcertId concert, Instant starts_at) {
  const auto present = ConcertStore(backend.db).all_dates(concert);
  for (const ConcertDate& date : present->dates) {
    if (date.starts_at == starts_at) return date.id.value;
  }
  return 0;
}

std::optional<DateId> add_date_with_seats(Backend& backend, ConcertId concert, Instant starts_at,
                                          const CommandArguments& given) {
  const auto seats = static_cast<SeatNumber>(given.number("seats"));
  const Points price = given.number("price");
  try {
    ConcertStore concerts(backend.db);
    return run_transaction(backend.db, [&] {
      const auto date = concerts.add_date(concert, starts_at, seats);
      if (!date) return date;
      concerts.add_seats(*date, seats, price);
      AdminActionStore(backend.db)
          .append(action_of(given), fmt::format(R"({{"concertId":{},"concertDateId":{}}})",
                                                concert.value, date->value));
      return date;
    });
  } catch (const Duplicate&) {
    throw CommandRefused(fmt::format("concert {} already has a date at {}: date {}.", concert.value,
                                     starts_at.rfc3339(), date_at(backend, concert, starts_at)));
  }
}

CommandResult date_add(Backend& backend, const CommandArguments& given) {
  const ConcertId concert = read_concert(given);
  const auto starts_at = Instant::parse_rfc3339(given.text("starts-at"));
  if (!starts_at) throw UsageError("--starts-at must be a time like 2027-01-31T19:30:00Z.");
  const auto id = add_date_with_seats(backend, concert, *starts_at, given);
  if (!id) {
    if (!ConcertStore(backend.db).all_dates(concert))
      throw CommandRefused(fmt::format("there is no concert {}.", concert.value));
    throw CommandRefused(
        fmt::format("{} has passed; a date must begin in the future.", starts_at->rfc3339()));
  }
  invalidate_date_lists(backend, {concert});
  CommandResult result;
  result.text = fmt::format("{}\n", id->value);
  result.json["concertDateId"] = json_number(id->value);
  return result;
}

CommandResult concert_list(Backend& backend, const CommandArguments&) {
  CommandResult result;
  result.json["concerts"] = Json::Value(Json::arrayValue);
  ConcertStore concerts(backend.db);
  ConcertId after;
  for (auto page = concerts.page(after, kPage); !page.empty(); page = concerts.page(after, kPage)) {
    for (const Concert& concert : page) {
      const std::string next = concert.next_starts_at ? concert.next_starts_at->rfc3339() : "";
      result.text +=
          fmt::format("{:>6}  {:<24}  {} - {}\n", concert.id.value,
                      next.empty() ? "no upcoming date" : next, concert.title, concert.venue);
      Json::Value entry(Json::objectValue);
      entry["concertId"] = json_number(concert.id.value);
      entry["title"] = concert.title;
      entry["venue"] = concert.venue;
      entry["nextStartsAt"] = next.empty() ? Json::Value() : Json::Value(next);
      result.json["concerts"].append(entry);
      after = concert.id;
    }
  }
  return result;
}

CommandResult date_list(Backend& backend, const CommandArguments& given) {
  const ConcertId concert = read_concert(given);
  const auto dates = ConcertStore(backend.db).all_dates(concert);
  if (!dates) throw CommandRefused(fmt::format("there is no concert {}.", concert.value));
  CommandResult result;
  result.json["dates"] = Json::Value(Json::arrayValue);
  for (const ConcertDate& date : dates->dates) {
    result.text += fmt::format("{:>6}  {}  {}\n", date.id.value, date.starts_at.rfc3339(),
                               count_of(date.seat_count, "seat"));
    Json::Value entry(Json::objectValue);
    entry["concertDateId"] = json_number(date.id.value);
    entry["startsAt"] = date.starts_at.rfc3339();
    entry["seatCount"] = date.seat_count;
    result.json["dates"].append(entry);
  }
  return result;
}

}  // namespace

std::string fault_of_name(const std::string& text) {
  constexpr std::size_t kLongest = 200;
  if (!is_utf8(text) || text.empty() || characters_of(text) > kLongest)
    return fmt::format("must be 1 to {} characters of UTF-8", kLongest);
  // The database treats it as empty.
  if (is_blank(text)) return "must not be blank";
  // They would reach the terminal of an administrator who lists the concerts.
  if (has_control_characters(text)) return "must not hold control characters";
  // The database ignores trailing spaces in comparisons, so two names would be equal.
  if (text.ends_with(' ')) return "must not end with a space";
  return "";
}

void invalidate_date_lists(Backend& backend, const std::vector<ConcertId>& concerts) {
  if (!backend.cache.configured()) return;
  DatesCache cache(backend.cache);
  for (const ConcertId concert : concerts) {
    if (cache.invalidate(concert)) continue;
    fmt::print(stderr,
               "concertctl: memcached at {} does not answer. What was added is saved, and lists of "
               "dates show it within 2 s. Check: concertctl doctor\n",
               cache.place(concert));
    return;
  }
}

std::vector<Command> catalogue_commands() {
  const CommandOption of_concert = required(id_option("concert", "the concert"));
  return {
      {.words = "concert add",
       .help = "adds a concert and prints its id",
       .options = {required(text_option("title", "TEXT", "1 to 200 characters")),
                   required(text_option("venue", "TEXT", "where it is, 1 to 200 characters"))},
       .run = concert_add,
       .why = Why::optional},
      {.words = "concert list", .help = "lists the concerts", .run = concert_list},
      {.words = "date add",
       .help = "adds a date with its seats, all at one price, and prints its id",
       .options = {of_concert,
                   required(text_option("starts-at", "TIME",
                                        "a future time, such as 2027-01-31T19:30:00Z; the "
                                        "concert has no other date then")),
                   required(number_option("seats", {1, kMaxSeats}, "how many")),
                   required(number_option("price", {0, kMostPrice}, "points for each seat"))},
       .run = date_add,
       .why = Why::optional},
      {.words = "date list",
       .help = "lists the dates of a concert, past ones included",
       .options = {of_concert},
       .run = date_list},
  };
}

}  // namespace concert
