#include <fmt/format.h>
#include <json/json.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>

#include "base/encoding.h"
#include "base/wording.h"
#include "base/written_text.h"
#include "ctl/commands/catalogue.h"
#include "ctl/commands/command.h"

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
    if (next > kMaxPlainSeats) range.fail(fmt::format("goes beyond seat {}", kMaxPlainSeats));
    if (range.member("from").number(1, kMaxPlainSeats) != next)
      range.member("from").fail(
          fmt::format("must be {}: ranges follow each other from seat 1", next));
    const std::int64_t last = range.member("to").number(next, kMaxPlainSeats);
    prices.resize(static_cast<std::size_t>(last), range.member("price").number(0, kMostPrice));
  }
  return prices;
}

// One of a list of names that the file must give once each, `noun` by `noun`.
std::string read_once(const At& name, const char* noun, std::set<std::string>& taken) {
  std::string read = name.text(read_hall_name);
  if (!taken.insert(read).second)
    name.fail(fmt::format("is the name of another {}; give each {} once", noun, noun));
  return read;
}

// Reads a layout: its seats are numbered in the order of the file.
class LayoutReader {
 public:
  explicit LayoutReader(TourDate& date) : date_(date) {}

  void read(const At& layout) {
    const Json::ArrayIndex length = layout.length();
    if (length > kMaxSections)
      layout.fail(fmt::format("has {} sections; a layout has at most {}", length, kMaxSections));
    std::set<std::string> names;
    for (Json::ArrayIndex i = 0; i < length; ++i) read_section(layout.item(i), names);
    if (last_seat_ > kMaxSeats)
      layout.fail(fmt::format("has {} seats; a date has at most {}", last_seat_, kMaxSeats));
  }

 private:
  void read_section(const At& given, std::set<std::string>& names) {
    given.require_members({"section", "price", "rows"}, {"category"});
    HallSection section;
    section.section_no = static_cast<std::int32_t>(date_.layout.size()) + 1;
    section.name = read_once(given.member("section"), "section", names);
    section.category = given.optional_text("category", read_hall_name).value_or("");
    section.price = given.member("price").number(0, kMostPrice);
    section.first_seat = last_seat_ + 1;
    const At rows = given.member("rows");
    std::set<std::string> row_names;
    const Json::ArrayIndex length = rows.length();
    for (Json::ArrayIndex i = 0; i < length; ++i) {
      section.rows.push_back(read_row(rows.item(i), row_names));
      if (last_seat_ - section.first_seat >= kMaxSectionSeats)
        rows.fail(fmt::format("are more than {} seats, the most of a section", kMaxSectionSeats));
    }
    section.last_seat = last_seat_;
    date_.layout.push_back(std::move(section));
  }

  HallRow read_row(const At& given, std::set<std::string>& names) {
    given.require_members({"row", "from", "to"}, {"accessible"});
    HallRow row;
    row.row_no = ++last_row_;
    row.name = read_once(given.member("row"), "row of the section", names);
    const std::int64_t from = given.member("from").number(1, kMaxLabel);
    const std::int64_t to = given.member("to").number(from, kMaxLabel);
    if (to - from >= kMaxSectionSeats)
      given.fail(fmt::format("is more than {} seats, the most of a section", kMaxSectionSeats));
    row.first_label = static_cast<std::int32_t>(from);
    row.first_seat = last_seat_ + 1;
    last_seat_ += static_cast<SeatNumber>(to - from + 1);
    row.last_seat = last_seat_;
    if (given.value.isMember("accessible")) read_accessible(given.member("accessible"), row, to);
    return row;
  }

  void read_accessible(const At& given, const HallRow& row, std::int64_t last_label) {
    if (!given.value.isArray()) given.fail("must be a list of seats of the row");
    std::set<SeatNumber> seats;
    for (Json::ArrayIndex i = 0; i < given.value.size(); ++i) {
      const std::int64_t label = given.item(i).number(row.first_label, last_label);
      const auto seat = row.first_seat + static_cast<SeatNumber>(label - row.first_label);
      if (!seats.insert(seat).second) given.item(i).fail("is in the list before; give it once");
    }
    date_.accessible.insert(date_.accessible.end(), seats.begin(), seats.end());
  }

  TourDate& date_;
  SeatNumber last_seat_ = 0;
  std::int32_t last_row_ = 0;
};

// The seats of a date without a layout.
std::vector<Points> read_prices(const At& date, const std::vector<std::string>& optional) {
  const bool by_range = date.value.isObject() && date.value["seats"].isArray();
  if (by_range) {
    date.require_members({"startsAt", "seats"}, optional);
    return read_ranges(date.member("seats"));
  }
  date.require_members({"startsAt", "seats", "price"}, optional);
  const auto seats = static_cast<std::size_t>(date.member("seats").number(1, kMaxPlainSeats));
  return std::vector<Points>(seats, date.member("price").number(0, kMostPrice));
}

TourDate read_date(const At& date) {
  const std::vector<std::string> optional{"key", "venue", "onSaleAt", "salesEndAt"};
  TourDate read{{}, {}, date.place};
  if (date.value.isObject() && date.value.isMember("layout")) {
    date.require_members({"startsAt", "layout"}, optional);
    LayoutReader(read).read(date.member("layout"));
  } else {
    read.prices = read_prices(date, optional);
  }
  read.starts_at = date.member("startsAt").time();
  read.on_sale_at = date.optional_time("onSaleAt");
  read.sales_end_at = date.optional_time("salesEndAt");
  if (date.value.isMember("key")) read.key = date.member("key").text(read_key);
  read.venue = date.optional_text("venue", read_name);
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
  constexpr int kDepth = 16;
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

}  // namespace concert
