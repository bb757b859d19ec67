#include <fmt/format.h>

#include "base/wording.h"
#include "ctl/commands/catalogue.h"
#include "ctl/commands/command.h"
#include "ctl/commands/progress_bar.h"
#include "service/admin/cancel_date.h"
#include "service/admin/change_catalogue.h"
#include "store/session/transaction.h"

namespace concert {
namespace {

ChangeCatalogue change_as(Backend& backend, const CommandArguments& given) {
  return {backend.db, action_of(given), {given.has("allow-same"), given.has("allow-near")}};
}

// When the oldest reservation ended that is certainly still there.
Instant kept_since(Backend& backend) {
  return backend.db.now() + -86'400'000 * backend.settings.keep_reservations_days;
}

void require_some(const CommandArguments& given, const std::vector<std::string>& options) {
  std::string names;
  for (const std::string& option : options) {
    if (given.has(option)) return;
    names += (names.empty() ? "--" : ", --") + option;
  }
  throw UsageError(fmt::format("`{}` needs one of {}.", given.words, names));
}

// Says what changed, line by line.
void add_changes(CommandResult& result, const std::vector<FieldChange>& changes,
                 const std::string& of) {
  for (const FieldChange& change : changes)
    result.text += text_of(change, of, DateTickets{}) + "\n";
  result.has_changed = !changes.empty();
  if (changes.empty()) result.text = fmt::format("nothing to do: {} is so already\n", of);
  result.json["changes"] = Json::Value(Json::arrayValue);
  for (const FieldChange& change : changes) result.json["changes"].append(change_json(change));
}

void add_tickets(CommandResult& result, const DateTickets& tickets) {
  result.json["ticketsSold"] = json_number(tickets.sold);
  result.json["ticketsHeld"] = json_number(tickets.held);
}

CommandResult concert_set(Backend& backend, const CommandArguments& given) {
  require_some(
      given, {"title", "venue", "description", "image-url", "time-zone", "visible-from", "queue"});
  const ConcertId id{given.number("concert")};
  ConcertChange change;
  change.title = optional_text(given, "title", read_name);
  change.venue = optional_text(given, "venue", read_name);
  change.description = optional_text(given, "description", read_description);
  change.image_url = optional_text(given, "image-url", read_image_url);
  change.time_zone = optional_text(given, "time-zone", read_time_zone);
  change.visible_from = optional_visible_from(given);
  if (given.has("queue")) change.queue = QueueId{given.number("queue")};
  const auto changes = change_as(backend, given).set_concert(id, change);
  if (!changes.empty()) invalidate_date_lists(backend, {id});
  CommandResult result;
  result.json["concertId"] = json_number(id.value);
  add_changes(result, changes, fmt::format("concert {}", id.value));
  return result;
}

CommandResult concert_remove(Backend& backend, const CommandArguments& given) {
  const ConcertId id{given.number("concert")};
  const auto dates = change_as(backend, given).remove_concert(id, kept_since(backend));
  invalidate_date_lists(backend, {id});
  CommandResult result;
  result.text = fmt::format("concert {} is removed with {}\n", id.value,
                            count_of(static_cast<std::int64_t>(dates.size()), "date"));
  result.json["concertId"] = json_number(id.value);
  result.json["concertDateIds"] = Json::Value(Json::arrayValue);
  for (const DateId date : dates) result.json["concertDateIds"].append(json_number(date.value));
  return result;
}

CommandResult date_set(Backend& backend, const CommandArguments& given) {
  require_some(given, {"starts-at", "on-sale-at", "sales-end-at", "venue"});
  const DateId id{given.number("date")};
  DateChange change;
  if (given.has("starts-at")) change.starts_at = read_time(given, "starts-at");
  change.venue = optional_venue(given);
  change.on_sale_at = optional_time(given, "on-sale-at");
  change.sales_end_at = optional_time(given, "sales-end-at");
  const auto changed = change_as(backend, given).set_date(id, change);
  CommandResult result;
  result.json["concertDateId"] = json_number(id.value);
  add_changes(result, changed.changes, fmt::format("date {}", id.value));
  if (!changed.changes.empty()) {
    invalidate_date_lists(backend, {changed.concert});
    const bool is_taken = changed.tickets.sold + changed.tickets.held > 0;
    result.text += text_of(changed.tickets) + (is_taken ? "; tell their buyers\n" : "\n");
  }
  add_tickets(result, changed.tickets);
  return result;
}

CommandResult switch_sale(Backend& backend, const CommandArguments& given,
                          ChangedDate (ChangeCatalogue::*run)(DateId)) {
  const DateId id{given.number("date")};
  ChangeCatalogue change = change_as(backend, given);
  const ChangedDate changed = (change.*run)(id);
  CommandResult result;
  result.json["concertDateId"] = json_number(id.value);
  add_changes(result, changed.changes, fmt::format("date {}", id.value));
  if (!changed.changes.empty()) {
    invalidate_date_lists(backend, {changed.concert});
    result.text += text_of(changed.tickets) +
                   (changed.tickets.held > 0 ? "; what is held can be paid\n" : "\n");
  }
  add_tickets(result, changed.tickets);
  return result;
}

CommandResult date_cancel(Backend& backend, const CommandArguments& given) {
  const DateId id{given.number("date")};
  CancelDate cancel(backend.db, action_of(given));
  const CancelDate::Begun begun = cancel.begin(id);
  invalidate_date_lists(backend, {begun.concert});
  BulkReservationStore::Refunded refunded;
  {
    ProgressBar bar("cancelling", begun.tickets.sold + begun.tickets.held, "tickets");
    bar.show(0);
    refunded = cancel.complete(id, [&](std::int64_t tickets) { bar.show(tickets); });
  }
  CommandResult result;
  result.has_changed = !begun.is_complete;
  result.text = fmt::format(
      "date {} is cancelled{}: {} for {} {} refunded, {} in all; nothing of it is held\n", id.value,
      begun.is_complete ? " since an earlier call" : "", count_of(refunded.reservations, "payment"),
      count_of(refunded.tickets, "ticket"), refunded.reservations == 1 ? "is" : "are",
      count_of(refunded.points, "point"));
  result.json["concertDateId"] = json_number(id.value);
  result.json["concertId"] = json_number(begun.concert.value);
  result.json["paymentsRefunded"] = json_number(refunded.reservations);
  result.json["ticketsRefunded"] = json_number(refunded.tickets);
  result.json["pointsRefunded"] = json_number(refunded.points);
  return result;
}

CommandResult date_price(Backend& backend, const CommandArguments& given) {
  const DateId id{given.number("date")};
  const Points price = given.number("price");
  const auto category = optional_text(given, "category", read_hall_name);
  const auto repriced = change_as(backend, given).set_price(id, price, category);
  const auto changed = static_cast<std::int64_t>(repriced.changed);
  CommandResult result;
  result.has_changed = changed != 0;
  result.text =
      changed == 0 ? fmt::format("nothing to do: date {} is so already\n", id.value)
                   : fmt::format("{} of date {} {} {} now; {} at the price of before\n",
                                 count_of(changed, "seat"), id.value,
                                 changed == 1 ? "costs" : "cost", price, text_of(repriced.tickets));
  result.json["concertDateId"] = json_number(id.value);
  if (category) result.json["category"] = *category;
  result.json["price"] = json_number(price);
  result.json["seatsChanged"] = json_number(changed);
  add_tickets(result, repriced.tickets);
  return result;
}

CommandResult date_add_seats(Backend& backend, const CommandArguments& given) {
  const DateId id{given.number("date")};
  const auto seats = static_cast<SeatNumber>(given.number("seats"));
  const auto added = change_as(backend, given).add_seats(id, seats, given.number("price"));
  invalidate_date_lists(backend, {added.concert});
  CommandResult result;
  result.text =
      added.first == added.last
          ? fmt::format("date {} has seat {} too\n", id.value, added.first)
          : fmt::format("date {} has seats {} to {} too\n", id.value, added.first, added.last);
  result.json["concertDateId"] = json_number(id.value);
  result.json["from"] = json_number(added.first);
  result.json["to"] = json_number(added.last);
  return result;
}

CommandResult date_remove(Backend& backend, const CommandArguments& given) {
  const DateId id{given.number("date")};
  const ConcertId concert = change_as(backend, given).remove_date(id, kept_since(backend));
  invalidate_date_lists(backend, {concert});
  CommandResult result;
  result.text = fmt::format("date {} of concert {} is removed\n", id.value, concert.value);
  result.json["concertDateId"] = json_number(id.value);
  result.json["concertId"] = json_number(concert.value);
  return result;
}

}  // namespace

std::vector<Command> organise_commands() {
  const CommandOption of_concert = required(id_option("concert", "the concert"));
  const CommandOption of_date = required(id_option("date", "the date"));
  std::vector<CommandOption> texts{of_concert, text_option("title", "TEXT", "1 to 200 characters"),
                                   text_option("venue", "TEXT", "1 to 200 characters")};
  for (const CommandOption& option : concert_text_options()) texts.push_back(option);
  texts.push_back(id_option("queue", "the queue whose tokens sell its seats"));
  texts.push_back(allow_same_option());
  std::vector<CommandOption> terms{
      of_date,
      text_option("starts-at", "TIME", "a future time, such as 2027-01-31T19:30:00Z"),
      text_option("venue", "TEXT",
                  "where it is; an empty text: at the concert's venue; stays unless given"),
      text_option("on-sale-at", "TIME",
                  "when its sale begins; an empty text: at once; stays unless given"),
      text_option("sales-end-at", "TIME",
                  "when its sale ends, up to 24 hours after it begins; an empty text: when it "
                  "begins; stays unless given"),
      allow_near_option()};
  return {
      {.words = "concert set",
       .help = "changes what is said of a concert; an empty text takes it away",
       .options = texts,
       .run = concert_set,
       .why = Why::optional},
      {.words = "concert remove",
       .help = "removes a concert and its dates, if nothing of them was ever held",
       .options = {of_concert},
       .run = concert_remove,
       .why = Why::optional},
      {.words = "date set",
       .help = "moves a date or its sale, and says how many tickets that concerns",
       .options = terms,
       .run = date_set,
       .why = Why::required},
      {.words = "date stop",
       .help = "stops the sale of a date at once; what is held can be paid",
       .options = {of_date},
       .run =
           [](Backend& b, const CommandArguments& given) {
             return switch_sale(b, given, &ChangeCatalogue::stop);
           },
       .why = Why::required},
      {.words = "date resume",
       .help = "goes on with the sale of a date",
       .options = {of_date},
       .run =
           [](Backend& b, const CommandArguments& given) {
             return switch_sale(b, given, &ChangeCatalogue::resume);
           },
       .why = Why::required},
      {.words = "date cancel",
       .help =
           "calls a date off for good: releases its holds and refunds everybody who paid; if it "
           "was killed, run it again",
       .options = {of_date},
       .run = date_cancel,
       .why = Why::required},
      {.words = "date price",
       .help = "sets the price of a date's seats; what is held or sold keeps its own",
       .options = {of_date, text_option("category", "TEXT", "only of the seats of this category"),
                   required(number_option("price", {0, kMostPrice}, "points for a seat"))},
       .run = date_price,
       .why = Why::optional},
      {.words = "date add-seats",
       .help = "adds seats to a date without a layout; their numbers follow those that it has",
       .options = {of_date, required(number_option("seats", {1, kMaxPlainSeats}, "how many")),
                   required(number_option("price", {0, kMostPrice}, "points for each seat"))},
       .run = date_add_seats,
       .why = Why::optional},
      {.words = "date remove",
       .help = "removes a date, if nothing of it was ever held",
       .options = {of_date},
       .run = date_remove,
       .why = Why::optional},
  };
}

}  // namespace concert
