#include <fmt/format.h>
#include <json/json.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>

#include "base/encoding.h"
#include "base/input_output.h"
#include "base/wording.h"
#include "base/written_text.h"
#include "ctl/commands/catalogue.h"
#include "ctl/commands/command.h"
#include "domain/seat.h"
#include "service/admin/import_tour.h"

namespace concert {
namespace {

constexpr unsigned kMostDates = 1000;

// A value of the file and its path in it.
struct At {
  const Json::Value& value;
  std::string place;

  [[noreturn]] void fail(const std::string& what) const {
    throw UsageError(fmt::format("{}: {}. Nothing was added.", place, what));
  }
  // Refuses a value that is not an object with these members, and none but the `optional` ones
  // beside them.
  void require_members(const std::vector<std::string>& names,
                       const std::vector<std::string>& optional = {}) const {
    if (!value.isObject()) fail("must be an object");
    const auto is_in = [](const std::vector<std::string>& all, const std::string& name) {
      return std::find(all.begin(), all.end(), name) != all.end();
    };
    for (const std::string& name : value.getMemberNames()) {
      if (!is_in(names, name) && !is_in(optional, name))
        fail(fmt::format("has an unknown member `{}`", excerpt_of(name)));
    }
    for (const std::string& name : names) {
      if (!value.isMember(name)) fail(fmt::format("lacks `{}`", name));
    }
  }
  At member(const char* name) const { return {value[name], place + "." + name}; }
  At item(Json::ArrayIndex i) const { return {value[i], fmt::format("{}[{}]", place, i)}; }
  Json::ArrayIndex length() const {
    if (!value.isArray() || value.empty()) fail("must be a list that is not empty");
    return value.size();
  }
  std::int64_t number(std::int64_t least, std::int64_t most) const {
    const auto number = json_integer(value);
    if (!number || *number < least || *number > most)
      fail(fmt::format("must be a whole number from {} to {}", least, most));
    return *number;
  }
  std::string text(OrganiserText (*read)(const std::string&)) const {
    if (!value.isString()) fail("must be a text");
    const OrganiserText text = read(value.asString());
    if (!text.fault.empty()) fail(text.fault);
    return text.text;
  }
  Instant time() const {
    const auto at = value.isString() ? Instant::parse_rfc3339(value.asString()) : std::nullopt;
    if (!at) fail("must be a time like 2027-01-31T19:30:00Z");
    return *at;
  }
  // Of the member `name`: nothing if it is absent, nothing within if it is null.
  std::optional<std::optional<Instant>> optional_time(const char* name) const {
    if (!value.isMember(name)) return std::nullopt;
    if (value[name].isNull()) return std::optional<Instant>();
    return member(name).time();
  }
  // Of the member `name`: nothing if it is absent, empty if it is null.
  std::optional<std::string> optional_text(const char* name,
                                           OrganiserText (*read)(const std::string&)) const {
    if (!value.isMember(name)) return std::nullopt;
    return value[name].isNull() ? "" : member(name).text(read);
  }
};

// The price of each seat. The ranges must follow each other from seat 1.
std::vector<Points> read_ranges(const At& seats) {
  std::vector<Points> prices;
  const Json::ArrayIndex length = seats.length();
  for (Json::ArrayIndex i = 0; i < length; ++i) {
    const At range = seats.item(i);
    range.require_members({"from", "to", "price"});
    const auto next = static_cast<std::int64_t>(prices.size()) + 1;
    if (next > kMaxSeats) range.fail(fmt::format("goes beyond seat {}", kMaxSeats));
    if (range.member("from").number(1, kMaxSeats) != next)
      range.member("from").fail(
          fmt::format("must be {}: ranges follow each other from seat 1", next));
    const std::int64_t last = range.member("to").number(next, kMaxSeats);
    prices.resize(static_cast<std::size_t>(last), range.member("price").number(0, kMostPrice));
  }
  return prices;
}

TourDate read_date(const At& date) {
  const std::vector<std::string> optional{"key", "venue", "onSaleAt", "salesEndAt"};
  const bool by_range = date.value.isObject() && date.value["seats"].isArray();
  if (by_range) {
    date.require_members({"startsAt", "seats"}, optional);
  } else {
    date.require_members({"startsAt", "seats", "price"}, optional);
  }
  TourDate read{date.member("startsAt").time(), {}, date.place};
  read.on_sale_at = date.optional_time("onSaleAt");
  read.sales_end_at = date.optional_time("salesEndAt");
  if (date.value.isMember("key")) read.key = date.member("key").text(read_key);
  read.venue = date.optional_text("venue", read_name);
  if (by_range) {
    read.prices = read_ranges(date.member("seats"));
  } else {
    const auto seats = static_cast<std::size_t>(date.member("seats").number(1, kMaxSeats));
    read.prices.assign(seats, date.member("price").number(0, kMostPrice));
  }
  return read;
}

TourConcert read_concert(const At& concert) {
  concert.require_members({"title", "venue", "dates"},
                          {"key", "description", "imageUrl", "timeZone", "visibleFrom"});
  TourConcert read{concert.member("title").text(read_name),
                   concert.member("venue").text(read_name),
                   {},
                   concert.place};
  if (concert.value.isMember("key")) read.key = concert.member("key").text(read_key);
  read.description = concert.optional_text("description", read_description);
  read.image_url = concert.optional_text("imageUrl", read_image_url);
  read.visible_from = concert.optional_time("visibleFrom");
  if (concert.value.isMember("timeZone"))
    read.time_zone = concert.member("timeZone").text(read_time_zone);
  return read;
}

// Each of the things that the file must give once, and the first place that gave it.
class Once {
 public:
  // Throws UsageError with `what` if `id` was taken before.
  void take(const std::string& id, const std::string& place, const std::string& what) {
    const auto [first, is_new] = places_.try_emplace(id, place);
    if (is_new) return;
    throw UsageError(fmt::format("{}: {} in {}; give each {} once. Nothing was added.", place, what,
                                 first->second,
                                 place.find(".dates[") == std::string::npos ? "concert" : "date"));
  }

 private:
  std::map<std::string, std::string> places_;
};

// A concert without a key may be in the file several times; title and venue identify it.
void require_each_once(const Tour& tour) {
  Once once;
  for (const TourConcert& concert : tour) {
    const std::string names = alike_form(concert.title) + '\n' + alike_form(concert.venue);
    const std::string id = concert.key.empty() ? "names " + names : "key " + concert.key;
    if (!concert.key.empty())
      once.take(id, concert.place, fmt::format("the key `{}` is also", concert.key));
    for (const TourDate& date : concert.dates) {
      if (!date.key.empty()) {
        once.take(fmt::format("{}\nkey {}", id, date.key), date.place,
                  fmt::format("the key `{}` is also", date.key));
      }
      once.take(fmt::format("{}\n{}", id, date.starts_at.ms), date.place,
                fmt::format("the concert already has a date at {}", date.starts_at.rfc3339()));
    }
  }
}

Json::Value parse(const std::string& text) {
  if (text.empty()) throw UsageError("the file is not JSON: it is empty.");
  Json::CharReaderBuilder builder;
  Json::CharReaderBuilder::strictMode(&builder.settings_);
  constexpr int kDepth = 10;
  builder["stackLimit"] = kDepth;
  const std::unique_ptr<Json::CharReader> reader(builder.newCharReader());
  Json::Value root;
  std::string errors;
  try {
    if (reader->parse(text.data(), text.data() + text.size(), &root, &errors)) return root;
  } catch (const std::exception& error) {
    errors = error.what();
  }
  // Each error begins with a star; the later ones follow from the first.
  const auto second = errors.find("\n* ");
  errors = errors.substr(0, second);
  std::replace(errors.begin(), errors.end(), '\n', ' ');
  throw UsageError(fmt::format("the file is not JSON: {}", excerpt_of(errors)));
}

std::string text_of(const std::string& file) {
  try {
    return file == "-" ? read_standard_input() : read_file_or_pipe(file);
  } catch (const std::runtime_error& error) {
    throw UsageError(fmt::format("cannot read {}: {}.", excerpt_of(file), error.what()));
  }
}

template <class Tag>
Json::Value ids(const std::vector<Id<Tag>>& all) {
  Json::Value list(Json::arrayValue);
  for (const auto& id : all) list.append(json_number(id.value));
  return list;
}

template <class Tag>
std::string count(const std::vector<Id<Tag>>& all, const char* noun) {
  return count_of(static_cast<std::int64_t>(all.size()), noun);
}

// "concerts[0].dates[1]: startsAt of date 7 was ..., is ...; 12 sold tickets are concerned"
std::string line_of(const ImportChange& change) {
  const std::string of = change.date.value == 0 ? fmt::format("concert {}", change.concert.value)
                                                : fmt::format("date {}", change.date.value);
  return fmt::format("{}: {}", change.place, text_of(change.change, of, change.tickets));
}

Json::Value to_json(const ImportChange& change) {
  Json::Value entry = change_json(change.change);
  entry["place"] = change.place;
  entry["concertId"] = json_number(change.concert.value);
  if (change.date.value != 0) entry["concertDateId"] = json_number(change.date.value);
  return entry;
}

std::string summary_of(const ImportedTour& imported) {
  const bool is_one = imported.dates_there == 1;
  const bool adds = !imported.concerts.empty() || !imported.dates.empty();
  const bool changes = !imported.changes.empty();
  if (!adds && !changes) {
    return fmt::format("nothing to do: the file has {}, which {} there\n",
                       count_of(imported.dates_there, "date"), is_one ? "is" : "are");
  }
  std::string text = fmt::format("added {} and {}; ", count(imported.concerts, "concert"),
                                 count(imported.dates, "date"));
  if (changes) {
    text += fmt::format("changed {} and {}; ", count(imported.changed_concerts, "concert"),
                        count(imported.changed_dates, "date"));
  }
  text += fmt::format("{} {} there already\n", count_of(imported.dates_there, "date"),
                      is_one ? "was" : "were");
  std::vector<std::string> lines;
  for (const ImportChange& change : imported.changes) lines.push_back(line_of(change));
  return lines.empty() ? text : text + few_of(lines, "\n") + "\n";
}

CommandResult concert_import(Backend& backend, const CommandArguments& given) {
  const Tour tour = read_tour(text_of(given.text("file")));
  const ImportTerms terms{{given.has("allow-same"), given.has("allow-near")}, given.has("dry-run")};
  auto imported = import_tour(backend.db, tour, action_of(given), terms);
  CommandResult result;
  const bool is_new = !imported.concerts.empty() || !imported.dates.empty();
  result.has_changed = !terms.is_dry_run && (is_new || !imported.changes.empty());
  result.text = (terms.is_dry_run ? "dry run, nothing is done: " : "") + summary_of(imported);
  result.json["dryRun"] = terms.is_dry_run;
  result.json["addedConcerts"] = json_number(static_cast<std::int64_t>(imported.concerts.size()));
  result.json["addedDates"] = json_number(static_cast<std::int64_t>(imported.dates.size()));
  if (terms.is_dry_run) {
    // They were given ids, which are nobody's now.
    imported.concerts.clear();
    imported.dates.clear();
  } else {
    invalidate_date_lists(backend, imported.touched);
  }
  result.json["concertIds"] = ids(imported.concerts);
  result.json["concertDateIds"] = ids(imported.dates);
  result.json["datesThere"] = json_number(imported.dates_there);
  result.json["changes"] = Json::Value(Json::arrayValue);
  for (const ImportChange& change : imported.changes)
    result.json["changes"].append(to_json(change));
  return result;
}

}  // namespace

Tour read_tour(const std::string& text) {
  const Json::Value root = parse(text);
  const At file{root, "the file"};
  file.require_members({"concerts"});
  const At concerts{root["concerts"], "concerts"};
  Tour tour;
  unsigned all_dates = 0;
  const Json::ArrayIndex length = concerts.length();
  for (Json::ArrayIndex i = 0; i < length; ++i) {
    const At concert = concerts.item(i);
    tour.push_back(read_concert(concert));
    const At dates = concert.member("dates");
    all_dates += dates.length();
    if (all_dates > kMostDates)
      dates.fail(fmt::format("a file holds at most {} dates; cut it in several", kMostDates));
    for (Json::ArrayIndex d = 0; d < dates.value.size(); ++d)
      tour.back().dates.push_back(read_date(dates.item(d)));
  }
  require_each_once(tour);
  return tour;
}

std::vector<Command> import_commands() {
  return {{.words = "concert import",
           .help =
               "adds the concerts and dates of a file that are missing, and changes those with a "
               "key to what it says; all or nothing",
           .options = {flag_option("dry-run", "does nothing and says what it would do"),
                       allow_same_option(), allow_near_option()},
           .run = concert_import,
           .why = Why::optional,
           .operand = {"FILE", "the JSON file; - reads standard input"}}};
}

}  // namespace concert
