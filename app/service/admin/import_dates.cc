#include "service/admin/import_dates.h"

#include <fmt/format.h>

#include <utility>

#include "base/wording.h"

namespace concert {
namespace {

// Seats that follow each other, from one price to another.
struct PriceRange {
  SeatNumber first = 0;
  SeatNumber last = 0;
  Points was = 0;
  Points is = 0;
};

std::vector<PriceRange> price_changes(const std::vector<Seat>& seats,
                                      const std::vector<Points>& wanted) {
  std::vector<PriceRange> ranges;
  for (const Seat& seat : seats) {
    const Points price = wanted.at(static_cast<std::size_t>(seat.number) - 1);
    if (seat.price == price) continue;
    const bool goes_on = !ranges.empty() && ranges.back().last + 1 == seat.number &&
                         ranges.back().was == seat.price && ranges.back().is == price;
    if (goes_on) {
      ranges.back().last = seat.number;
    } else {
      ranges.push_back({seat.number, seat.number, seat.price, price});
    }
  }
  return ranges;
}

[[noreturn]] void refuse_passed(const TourDate& date) {
  throw ChangeRefused(fmt::format("{}: {} has passed; a date must begin in the future.", date.place,
                                  date.starts_at.rfc3339()));
}

[[noreturn]] void refuse_layout(const TourDate& date, const DateRecord& record,
                                const std::string& why) {
  throw ChangeRefused(fmt::format(
      "{}: date {} has another layout than the file: {}. The layout of a date stays as it was "
      "announced; only its prices change.",
      date.place, record.id.value, why));
}

[[noreturn]] void refuse_second(const TourDate& date) {
  throw ChangeRefused(fmt::format("{}: the concert already has a date at {}.", date.place,
                                  date.starts_at.rfc3339()));
}

}  // namespace

void DateImport::bring(ConcertId concert, const std::vector<TourDate>& dates) {
  auto there = catalogue_.dates(concert);
  std::vector<const TourDate*> missing;
  std::vector<Match> matches;
  const auto take = [&](const TourDate& date, const auto& is_it) {
    const auto found = std::find_if(there.begin(), there.end(), is_it);
    if (found == there.end()) return false;
    matches.push_back({date, *found});
    there.erase(found);
    return true;
  };
  for (const TourDate& date : dates) {
    const auto has_key = [&](const DateRecord& one) { return one.key == date.key; };
    if (date.key.empty() || !take(date, has_key)) missing.push_back(&date);
  }
  std::erase_if(missing, [&](const TourDate* date) {
    return take(*date, [&](const DateRecord& one) {
      return !one.cancelled_at && one.starts_at == date->starts_at;
    });
  });
  change_all(matches);
  std::vector<std::pair<const TourDate*, DateId>> placed;
  placed.reserve(dates.size());
  for (const TourDate* date : missing) placed.emplace_back(date, add(concert, *date));
  for (const Match& match : matches) {
    if (match.wanted.starts_at != match.record.starts_at)
      placed.emplace_back(&match.wanted, match.record.id);
  }
  const auto all = catalogue_.dates(concert);
  for (const auto& [date, date_id] : placed) {
    const DateRecord one{date_id, concert, date->starts_at, 0, "", ""};
    require_apart(one, all, allowed_, date->place + ": ");
    require_room(one, all, db_.now(), date->place + ": ");
  }
}

// Brings the dates that are there to what the file says.
void DateImport::change_all(const std::vector<Match>& matches) {
  // Dates may change places: what moves is set aside first.
  constexpr Instant kAside{253'402'300'799'999};  // the last of the year 9999
  std::int64_t moved = 0;
  for (const Match& match : matches) {
    if (match.wanted.starts_at == match.record.starts_at || match.record.cancelled_at) continue;
    DateRecord aside = match.record;
    aside.starts_at = kAside + -1000 * ++moved;
    catalogue_.write(aside);
  }
  for (const Match& match : matches) {
    const std::size_t before = result_.changes.size();
    if (match.record.cancelled_at) {
      require_unchanged(match);
    } else if (match.wanted.key.empty()) {
      require_same(match);
    } else {
      change(match);
      if (match.wanted.layout.empty()) {
        change_seats(match);
      } else {
        change_layout(match);
      }
    }
    if (result_.changes.size() == before) {
      ++result_.dates_there;
    } else {
      add_once(result_.changed_dates, match.record.id);
    }
  }
}

void DateImport::change(const Match& match) {
  const TourDate& wanted = match.wanted;
  DateRecord record = match.record;
  if (!record.key.empty() && record.key != wanted.key) {
    throw ChangeRefused(
        fmt::format("{}: the concert begins at {} already, as date {} with the key "
                    "`{}`.",
                    wanted.place, record.starts_at.rfc3339(), record.id.value, record.key));
  }
  auto changes =
      apply({wanted.starts_at, wanted.venue, wanted.on_sale_at, wanted.sales_end_at}, record);
  if (record.key != wanted.key) changes.push_back({"key", record.key, wanted.key});
  record.key = wanted.key;
  if (changes.empty()) return;
  const bool moves = record.starts_at != match.record.starts_at;
  if (moves && record.starts_at <= db_.now()) refuse_passed(wanted);
  require_sale_in_order(record, wanted.place + ": ");
  try {
    catalogue_.write(record);
  } catch (const Duplicate&) {
    refuse_second(wanted);
  }
  const DateTickets tickets = moves ? catalogue_.tickets(record.id) : DateTickets{};
  for (const FieldChange& change : changes)
    note(match, change, change.field == "startsAt" ? tickets : DateTickets{});
  add_once(result_.touched, record.concert);
}

void DateImport::change_seats(const Match& match) {
  const auto& [wanted, record] = match;
  if (record.has_layout) refuse_layout(match.wanted, record, "the date has a layout");
  const auto count = static_cast<SeatNumber>(wanted.prices.size());
  if (count < record.seat_count) {
    throw ChangeRefused(fmt::format(
        "{}: date {} has {}, the file says {}. A date loses no seats; take them from sale: "
        "concertctl seat block --date {} --seats {}-{} --why TEXT",
        wanted.place, record.id.value, count_of(record.seat_count, "seat"), count, record.id.value,
        count + 1, record.seat_count));
  }
  for (const PriceRange& range :
       price_changes(seats_.of_dates({record.id}).front().second.seats, wanted.prices)) {
    catalogue_.set_prices(record.id, range.first, range.last, range.is);
    note(match, {fmt::format("price of seats {}-{}", range.first, range.last),
                 std::to_string(range.was), std::to_string(range.is)});
  }
  if (count == record.seat_count) return;
  catalogue_.set_seat_count(record.id, count);
  concerts_.add_seats(record.id, {wanted.prices.begin() + record.seat_count, wanted.prices.end()},
                      record.seat_count);
  note(match, {"seats", std::to_string(record.seat_count), std::to_string(count)});
  add_once(result_.touched, record.concert);
}

// Only the prices of a layout change.
void DateImport::change_layout(const Match& match) {
  const auto& [wanted, record] = match;
  const std::string other = difference_of_layout(match);
  if (!other.empty()) refuse_layout(wanted, record, other);
  for (const HallSection& was : halls_.sections_of(record.id)) {
    const HallSection& section = wanted.layout.at(static_cast<std::size_t>(was.section_no) - 1);
    if (section.price == was.price) continue;
    catalogue_.set_prices(record.id, was.first_seat, was.last_seat, section.price);
    halls_.set_price(record.id, was.section_no, section.price);
    note(match, {fmt::format("price of section {}", was.name), std::to_string(was.price),
                 std::to_string(section.price)});
  }
}

void DateImport::note(const Match& match, const FieldChange& change, const DateTickets& tickets) {
  result_.changes.push_back(
      {match.wanted.place, match.record.concert, match.record.id, change, tickets});
}

// Throws unless the date that is there is what the file says of one without a key.
void DateImport::require_same(const Match& match) {
  const std::string other = difference(match);
  if (other.empty()) return;
  throw ChangeRefused(fmt::format(
      "{}: the concert begins at {} already, as date {}, but {}. An import changes a date only "
      "where both have a `key`, or the file gives it one: add a `key` to have it changed. Nothing "
      "was added.",
      match.wanted.place, match.wanted.starts_at.rfc3339(), match.record.id.value, other));
}

// Throws unless the file says nothing new of a date that was cancelled.
void DateImport::require_unchanged(const Match& match) {
  const auto& [wanted, record] = match;
  if (wanted.starts_at == record.starts_at && difference(match).empty()) return;
  throw ChangeRefused(fmt::format(
      "{}: date {} with the key `{}` was cancelled at {}, for good, and is not changed. Give a "
      "replacement a key of its own.",
      wanted.place, record.id.value, record.key, record.cancelled_at->rfc3339()));
}

// How the date that is there differs from the file's; empty if it does not.
std::string DateImport::difference(const Match& match) {
  const auto& [wanted, record] = match;
  if (wanted.venue && *wanted.venue != record.venue)
    return fmt::format("with another venue: `{}`, the file says `{}`", record.venue, *wanted.venue);
  DateRecord other = record;
  const auto terms = apply({{}, {}, wanted.on_sale_at, wanted.sales_end_at}, other);
  if (!terms.empty()) {
    return fmt::format("with another {}: `{}`, the file says `{}`", terms[0].field, terms[0].was,
                       terms[0].is);
  }
  if (wanted.layout.empty()) return difference_of_seats(match);
  const std::string layout = difference_of_layout(match);
  if (!layout.empty()) return "with another layout: " + layout;
  for (const HallSection& section : halls_.sections_of(record.id)) {
    const Points price = wanted.layout.at(static_cast<std::size_t>(section.section_no) - 1).price;
    if (section.price == price) continue;
    return fmt::format("with other seats: those of section `{}` cost {}, the file says {}",
                       section.name, section.price, price);
  }
  return "";
}

std::string DateImport::difference_of_seats(const Match& match) {
  const auto& [wanted, record] = match;
  if (record.has_layout) return "with a layout, which the file lacks";
  const auto found = seats_.of_dates({record.id});
  const std::size_t count = found.empty() ? 0 : found.front().second.seats.size();
  if (count != wanted.prices.size())
    return fmt::format("with other seats: it has {} of them, the file says {}", count,
                       wanted.prices.size());
  for (const Seat& seat : found.front().second.seats) {
    const Points price = wanted.prices.at(static_cast<std::size_t>(seat.number) - 1);
    if (seat.price == price) continue;
    return fmt::format("with other seats: seat {} costs {}, the file says {}", seat.number,
                       seat.price, price);
  }
  return "";
}

// Prices are no part of a layout.
std::string DateImport::difference_of_layout(const Match& match) {
  const auto& [wanted, record] = match;
  const Layout layout = halls_.layout(record.id);
  if (layout.empty()) return "the date has none";
  for (std::size_t i = 0; i < std::min(layout.size(), wanted.layout.size()); ++i) {
    const HallSection& is = layout[i];
    const HallSection& said = wanted.layout[i];
    if (is.name != said.name)
      return fmt::format("its section {} is `{}`, the file says `{}`", i + 1, is.name, said.name);
    if (is.category != said.category) {
      return fmt::format("its section `{}` is of the category `{}`, the file says `{}`", is.name,
                         is.category, said.category);
    }
    if (is.rows != said.rows)
      return fmt::format("the rows of its section `{}` are not those of the file", is.name);
  }
  if (layout.size() != wanted.layout.size()) {
    return fmt::format("it has {}, the file says {}",
                       count_of(static_cast<std::int64_t>(layout.size()), "section"),
                       wanted.layout.size());
  }
  const bool is_same = halls_.accessible(record.id) == wanted.accessible;
  return is_same ? "" : "its accessible seats are not those of the file";
}

DateId DateImport::add(ConcertId concert, const TourDate& date) {
  const SeatNumber seats = date.seats();
  std::optional<DateId> added;
  try {
    added = concerts_.add_date(concert, date.starts_at, seats);
  } catch (const Duplicate&) {
    refuse_second(date);
  }
  if (!added) refuse_passed(date);
  if (date.layout.empty()) {
    concerts_.add_seats(*added, date.prices);
  } else {
    halls_.add(*added, date.layout, date.accessible);
  }
  DateRecord record{*added, concert, date.starts_at, seats, date.venue.value_or(""), date.key};
  record.has_layout = !date.layout.empty();
  record.on_sale_at = date.on_sale_at.value_or(std::nullopt);
  record.sales_end_at = date.sales_end_at.value_or(std::nullopt);
  require_sale_in_order(record, date.place + ": ");
  catalogue_.write(record);
  result_.dates.push_back(*added);
  add_once(result_.touched, concert);
  return *added;
}

}  // namespace concert
