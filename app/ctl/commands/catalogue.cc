#include "ctl/commands/catalogue.h"

#include <fmt/format.h>

#include "base/input_output.h"
#include "base/wording.h"
#include "cache/dates_cache.h"
#include "ctl/commands/command.h"
#include "service/admin/change_catalogue.h"

namespace concert {
namespace {

constexpr std::int64_t kPage = 500;

ConcertId read_concert(const CommandArguments& given) { return ConcertId{given.number("concert")}; }

CommandResult concert_add(Backend& backend, const CommandArguments& given) {
  ConcertTexts texts{*optional_text(given, "title", read_name),
                     *optional_text(given, "venue", read_name)};
  texts.description = optional_text(given, "description", read_description).value_or("");
  texts.image_url = optional_text(given, "image-url", read_image_url).value_or("");
  texts.time_zone = optional_text(given, "time-zone", read_time_zone).value_or(texts.time_zone);
  texts.visible_from = optional_visible_from(given).value_or(std::nullopt);
  const Allowed allowed{given.has("allow-same")};
  const ConcertId id = ChangeCatalogue(backend.db, action_of(given), allowed).add_concert(texts);
  // A database that lost its newest rows gives their ids again: dates of an earlier concert with
  // this id may be cached.
  DatesCache(backend.cache).invalidate(id);
  CommandResult result;
  result.text = fmt::format("{}\n", id.value);
  result.json["concertId"] = json_number(id.value);
  return result;
}

CommandResult date_add(Backend& backend, const CommandArguments& given) {
  const ConcertId concert = read_concert(given);
  const Allowed allowed{.near = given.has("allow-near")};
  const DateId id =
      ChangeCatalogue(backend.db, action_of(given), allowed)
          .add_date({concert, read_time(given, "starts-at"), optional_venue(given).value_or(""),
                     static_cast<SeatNumber>(given.number("seats")), given.number("price"),
                     optional_time(given, "on-sale-at").value_or(std::nullopt),
                     optional_time(given, "sales-end-at").value_or(std::nullopt)});
  invalidate_date_lists(backend, {concert});
  CommandResult result;
  result.text = fmt::format("{}\n", id.value);
  result.json["concertDateId"] = json_number(id.value);
  return result;
}

// Null where it is empty.
Json::Value text_or_null(const std::string& text) {
  return text.empty() ? Json::Value() : Json::Value(text);
}

Json::Value to_json(const ConcertRecord& concert) {
  Json::Value entry(Json::objectValue);
  entry["concertId"] = json_number(concert.id.value);
  entry["key"] = text_or_null(concert.key);
  entry["title"] = concert.texts.title;
  entry["venue"] = concert.texts.venue;
  entry["description"] = text_or_null(concert.texts.description);
  entry["imageUrl"] = text_or_null(concert.texts.image_url);
  entry["timeZone"] = concert.texts.time_zone;
  entry["visibleFrom"] = json_time(concert.texts.visible_from);
  entry["nextStartsAt"] = json_time(concert.next_starts_at);
  entry["queueId"] = json_number(concert.queue.value);
  return entry;
}

// Nothing of the main queue, which is what most concerts have.
std::string queue_text(QueueId queue) {
  return queue == kMainQueue ? "" : fmt::format("  queue {}", queue.value);
}

CommandResult concert_list(Backend& backend, const CommandArguments&) {
  CommandResult result;
  result.json["concerts"] = Json::Value(Json::arrayValue);
  CatalogueStore store(backend.db);
  ConcertId after;
  for (auto page = store.page(after, kPage); !page.empty(); page = store.page(after, kPage)) {
    for (const ConcertRecord& concert : page) {
      result.text += fmt::format(
          "{:>6}  {:<24}  {} - {}{}\n", concert.id.value,
          concert.next_starts_at ? concert.next_starts_at->rfc3339() : "no upcoming date",
          concert.texts.title, concert.texts.venue, queue_text(concert.queue));
      result.json["concerts"].append(to_json(concert));
    }
    after = page.back().id;
  }
  return result;
}

// What an administrator should know of a date's sale.
const char* sale_of(const DateRecord& date) {
  if (date.refunds_ended_at) return "  cancelled";
  if (date.cancelled_at) return "  cancelled, not all tickets refunded: run `date cancel` again";
  return date.is_stopped ? "  stopped" : "";
}

std::string size_of(const DateRecord& date) {
  return count_of(date.seat_count, "seat") + (date.has_layout ? " by section" : "");
}

CommandResult date_list(Backend& backend, const CommandArguments& given) {
  const ConcertId concert = read_concert(given);
  CatalogueStore store(backend.db);
  if (!store.concert(concert))
    throw CommandRefused(fmt::format("there is no concert {}.", concert.value));
  CommandResult result;
  result.json["dates"] = Json::Value(Json::arrayValue);
  for (const DateRecord& date : store.dates(concert)) {
    result.text +=
        fmt::format("{:>6}  {}  {}{}{}\n", date.id.value, date.starts_at.rfc3339(), size_of(date),
                    sale_of(date), date.venue.empty() ? "" : "  " + date.venue);
    Json::Value entry(Json::objectValue);
    entry["concertDateId"] = json_number(date.id.value);
    entry["key"] = text_or_null(date.key);
    entry["startsAt"] = date.starts_at.rfc3339();
    entry["venue"] = text_or_null(date.venue);
    entry["seatCount"] = date.seat_count;
    entry["layout"] = date.has_layout;
    entry["onSaleAt"] = json_time(date.on_sale_at);
    entry["salesEndAt"] = json_time(date.sales_end_at);
    entry["stopped"] = date.is_stopped;
    entry["cancelledAt"] = json_time(date.cancelled_at);
    entry["refundsEndedAt"] = json_time(date.refunds_ended_at);
    result.json["dates"].append(entry);
  }
  return result;
}

}  // namespace

std::optional<std::string> optional_text(const CommandArguments& given, const std::string& option,
                                         OrganiserText (*read)(const std::string&)) {
  if (!given.has(option)) return std::nullopt;
  const OrganiserText text = read(given.text(option));
  if (!text.fault.empty()) throw UsageError(fmt::format("--{} {}.", option, text.fault));
  return text.text;
}

std::optional<std::string> optional_venue(const CommandArguments& given) {
  if (given.has("venue") && given.text("venue").empty()) return "";
  return optional_text(given, "venue", read_name);
}

Instant read_time(const CommandArguments& given, const std::string& option) {
  const auto at = Instant::parse_rfc3339(given.text(option));
  if (!at) throw UsageError(fmt::format("--{} must be a time like 2027-01-31T19:30:00Z.", option));
  return *at;
}

std::optional<std::optional<Instant>> optional_time(const CommandArguments& given,
                                                    const std::string& option) {
  if (!given.has(option)) return std::nullopt;
  if (given.text(option).empty()) return std::optional<Instant>();
  return read_time(given, option);
}

std::optional<std::optional<Instant>> optional_visible_from(const CommandArguments& given) {
  if (given.has("visible-from") && given.text("visible-from") == "now")
    return std::optional<Instant>();
  return optional_time(given, "visible-from");
}

std::vector<CommandOption> sale_terms_options() {
  return {text_option("on-sale-at", "TIME", "when its sale begins; at once unless given"),
          text_option("sales-end-at", "TIME",
                      "when its sale ends, at most 24 hours after the date begins; when the date "
                      "begins unless given")};
}

std::vector<CommandOption> concert_text_options() {
  return {text_option("description", "TEXT", "plain text, up to 4000 characters"),
          text_option("image-url", "URL", "https://..., or a path of the site: /pictures/1.jpg"),
          text_option("time-zone", "ZONE", "in which its times are shown: Asia/Seoul"),
          text_option("visible-from", "TIME", "when the site begins to show it; `now`: at once")};
}

CommandOption date_venue_option() {
  return text_option("venue", "TEXT", "where it is, if not at the concert's venue");
}

void invalidate_date_lists(Backend& backend, const std::vector<ConcertId>& concerts) {
  if (!backend.cache.configured()) return;
  DatesCache cache(backend.cache);
  for (const ConcertId concert : concerts) {
    if (cache.invalidate(concert)) continue;
    write_to_stderr(fmt::format(
        "concertctl: memcached at {} does not answer. What was changed is saved, and lists of "
        "dates show it within 2 s. Check: concertctl doctor\n",
        cache.place(concert)));
    return;
  }
}

std::vector<Command> catalogue_commands() {
  const CommandOption of_concert = required(id_option("concert", "the concert"));
  std::vector<CommandOption> texts{
      required(text_option("title", "TEXT", "1 to 200 characters")),
      required(text_option("venue", "TEXT", "where it is, 1 to 200 characters"))};
  for (const CommandOption& option : concert_text_options()) texts.push_back(option);
  texts.push_back(allow_same_option());
  std::vector<CommandOption> of_new_date{
      of_concert,
      required(text_option("starts-at", "TIME",
                           "a future time, such as 2027-01-31T19:30:00Z, at which "
                           "no other date of the concert begins")),
      required(number_option("seats", {1, kMaxPlainSeats}, "how many")),
      required(number_option("price", {0, kMostPrice}, "points for each seat")),
      date_venue_option()};
  for (const CommandOption& option : sale_terms_options()) of_new_date.push_back(option);
  of_new_date.push_back(allow_near_option());
  return {
      {.words = "concert add",
       .help = "adds a concert and prints its id",
       .options = texts,
       .run = concert_add,
       .why = Why::optional},
      {.words = "concert list", .help = "lists the concerts", .run = concert_list},
      {.words = "date add",
       .help = "adds a date with its seats, all at one price, and prints its id",
       .options = of_new_date,
       .run = date_add,
       .why = Why::optional},
      {.words = "date list",
       .help = "lists the dates of a concert, past ones included",
       .options = {of_concert},
       .run = date_list},
  };
}

}  // namespace concert
