#include <fmt/format.h>
#include <json/json.h>

#include <algorithm>
#include <map>
#include <memory>
#include <stdexcept>
#include <tuple>

#include "base/encoding.h"
#include "base/input_output.h"
#include "base/wording.h"
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
  // Refuses a value that is not an object with exactly these members.
  void require_members(const std::vector<std::string>& names) const {
    if (!value.isObject()) fail("must be an object");
    for (const std::string& name : value.getMemberNames()) {
      if (std::find(names.begin(), names.end(), name) == names.end())
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
  std::string name() const {
    if (!value.isString()) fail("must be a text");
    std::string text = value.asString();
    const std::string fault = fault_of_name(text);
    if (!fault.empty()) fail(fault);
    return text;
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
  const bool by_range = date.value.isObject() && date.value["seats"].isArray();
  if (by_range) {
    date.require_members({"startsAt", "seats"});
  } else {
    date.require_members({"startsAt", "seats", "price"});
  }
  const At starts = date.member("startsAt");
  const auto at =
      starts.value.isString() ? Instant::parse_rfc3339(starts.value.asString()) : std::nullopt;
  if (!at) starts.fail("must be a time like 2027-01-31T19:30:00Z");
  if (by_range) return {*at, read_ranges(date.member("seats")), date.place};
  const auto seats = static_cast<std::size_t>(date.member("seats").number(1, kMaxSeats));
  return {*at, std::vector<Points>(seats, date.member("price").number(0, kMostPrice)), date.place};
}

// A concert may be in the file several times; title and venue identify it.
void require_each_date_once(const Tour& tour) {
  std::map<std::tuple<std::string, std::string, Instant>, std::string> places;
  for (const TourConcert& concert : tour) {
    for (const TourDate& date : concert.dates) {
      const auto [first, is_new] =
          places.try_emplace({concert.title, concert.venue, date.starts_at}, date.place);
      if (is_new) continue;
      throw UsageError(fmt::format(
          "{}: the concert already has a date at {} in {}; give each date once. Nothing was added.",
          date.place, date.starts_at.rfc3339(), first->second));
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
  throw UsageError(fmt::format("the file is not JSON: {}", errors));
}

std::string text_of(const std::string& file) {
  try {
    return file == "-" ? read_standard_input() : read_file_or_pipe(file);
  } catch (const std::runtime_error& error) {
    throw UsageError(fmt::format("cannot read {}: {}.", file, error.what()));
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

CommandResult concert_import(Backend& backend, const CommandArguments& given) {
  const Tour tour = read_tour(text_of(given.text("file")));
  const auto imported = import_tour(backend.db, tour, action_of(given));
  invalidate_date_lists(backend, imported.touched);
  CommandResult result;
  if (imported.concerts.empty() && imported.dates.empty()) {
    result.text = fmt::format("nothing to do: the file has {}, which {} there\n",
                              count_of(imported.dates_there, "date"),
                              imported.dates_there == 1 ? "is" : "are");
  } else {
    result.text =
        fmt::format("added {} and {}; {} {} there already\n", count(imported.concerts, "concert"),
                    count(imported.dates, "date"), count_of(imported.dates_there, "date"),
                    imported.dates_there == 1 ? "was" : "were");
  }
  result.json["concertIds"] = ids(imported.concerts);
  result.json["concertDateIds"] = ids(imported.dates);
  result.json["datesThere"] = json_number(imported.dates_there);
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
    concert.require_members({"title", "venue", "dates"});
    tour.push_back(
        {concert.member("title").name(), concert.member("venue").name(), {}, concert.place});
    const At dates = concert.member("dates");
    all_dates += dates.length();
    if (all_dates > kMostDates)
      dates.fail(fmt::format("a file holds at most {} dates; cut it in several", kMostDates));
    for (Json::ArrayIndex d = 0; d < dates.value.size(); ++d)
      tour.back().dates.push_back(read_date(dates.item(d)));
  }
  require_each_date_once(tour);
  return tour;
}

std::vector<Command> import_commands() {
  return {{.words = "concert import",
           .help = "adds the concerts and dates of a file that are missing, all or nothing",
           .run = concert_import,
           .why = Why::optional,
           .file_help = "the JSON file; - reads standard input"}};
}

}  // namespace concert
