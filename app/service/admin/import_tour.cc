#include "service/admin/import_tour.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/wording.h"
#include "store/admin/admin_action_store.h"
#include "store/sale/concert_store.h"
#include "store/sale/seat_store.h"

namespace concert {
namespace {

template <class Tag>
std::vector<std::int64_t> values_of(const std::vector<Id<Tag>>& ids) {
  std::vector<std::int64_t> values;
  values.reserve(ids.size());
  for (const auto& id : ids) values.push_back(id.value);
  return values;
}

template <class Item>
void add_once(std::vector<Item>& all, const Item& item) {
  if (std::find(all.begin(), all.end(), item) == all.end()) all.push_back(item);
}

// A dry run ends with it, so that its transaction is rolled back.
struct DryRunDone {
  ImportedTour result;
};

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

[[noreturn]] void refuse_second(const TourDate& date) {
  throw ChangeRefused(fmt::format("{}: the concert already has a date at {}.", date.place,
                                  date.starts_at.rfc3339()));
}

// A date of the file and the one that it is in the database.
struct Match {
  const TourDate& wanted;
  DateRecord record;
};

// One import, in its transaction.
class Import {
 public:
  Import(Session& db, const ImportTerms& terms)
      : db_(db), terms_(terms), concerts_(db), catalogue_(db), seats_(db), names_(db) {}

  ImportedTour bring(const Tour& tour) {
    for (const TourConcert& concert : tour) {
      const ConcertId id = concert_of(concert);
      bring_dates(id, concert);
    }
    return std::move(result_);
  }

 private:
  ConcertId concert_of(const TourConcert& concert);
  std::optional<ConcertId> find(const TourConcert& concert);
  ConcertId add(const TourConcert& concert);
  void change(ConcertId id, const TourConcert& concert);

  void bring_dates(ConcertId id, const TourConcert& concert);
  void change_dates(const std::vector<Match>& matches);
  void change_date(const Match& match);
  void change_seats(const Match& match);
  void require_same(const Match& match);
  void require_unchanged(const Match& match);
  std::string difference(const Match& match);
  DateId add_date(ConcertId concert, const TourDate& date);
  void note(const Match& match, const FieldChange& change, const DateTickets& tickets = {});

  Session& db_;
  ImportTerms terms_;
  ConcertStore concerts_;
  CatalogueStore catalogue_;
  SeatStore seats_;
  ConcertNames names_;
  ImportedTour result_;
};

ConcertId Import::concert_of(const TourConcert& concert) {
  const auto found = find(concert);
  if (!found) return add(concert);
  change(*found, concert);
  return *found;
}

std::optional<ConcertId> Import::find(const TourConcert& concert) {
  if (const ConcertName* const known = names_.with_key(concert.key)) return known->id;
  auto alike = names_.alike(concert.title, concert.venue);
  if (!concert.key.empty()) {
    // One with another key is another concert; one without a key takes it.
    std::erase_if(alike, [](const ConcertName& one) { return !one.key.empty(); });
    if (terms_.allowed.same) return std::nullopt;
  }
  if (alike.size() > 1) {
    std::vector<std::int64_t> ids;
    ids.reserve(alike.size());
    for (const ConcertName& one : alike) ids.push_back(one.id.value);
    throw ChangeRefused(
        fmt::format("{}: concerts {} are all called `{}` at `{}`; it is not clear which of them is "
                    "meant. Rename them with `concert set`, or add the dates with `date add`.",
                    concert.place, few_of(ids), concert.title, concert.venue));
  }
  if (alike.empty()) return std::nullopt;
  return alike.front().id;
}

ConcertId Import::add(const TourConcert& concert) {
  ConcertName name{{}, concert.title, concert.venue, concert.key};
  names_.require_unlike(name, terms_.allowed, concert.place + ": ");
  name.id = concerts_.add(concert.title, concert.venue);
  ConcertTexts texts{concert.title, concert.venue};
  texts.description = concert.description.value_or("");
  texts.image_url = concert.image_url.value_or("");
  texts.time_zone = concert.time_zone.value_or(texts.time_zone);
  texts.visible_from = concert.visible_from.value_or(std::nullopt);
  catalogue_.write({name.id, texts, concert.key, std::nullopt});
  names_.put(name);
  result_.concerts.push_back(name.id);
  return name.id;
}

void Import::change(ConcertId id, const TourConcert& concert) {
  ConcertRecord record = *catalogue_.concert(id);
  ConcertChange wanted;
  if (!concert.key.empty()) {
    wanted.title = concert.title;
    wanted.venue = concert.venue;
  }
  wanted.description = concert.description;
  wanted.image_url = concert.image_url;
  wanted.time_zone = concert.time_zone;
  wanted.visible_from = concert.visible_from;
  auto changes = apply(wanted, record);
  if (!concert.key.empty() && record.key != concert.key) {
    changes.push_back({"key", record.key, concert.key});
    record.key = concert.key;
  }
  if (changes.empty()) return;
  const ConcertName name{id, record.texts.title, record.texts.venue, record.key};
  const bool is_renamed = std::any_of(changes.begin(), changes.end(), [](const FieldChange& one) {
    return one.field == "title" || one.field == "venue";
  });
  const bool is_listed_anew =
      is_renamed || std::any_of(changes.begin(), changes.end(),
                                [](const FieldChange& one) { return one.field == "visibleFrom"; });
  if (is_renamed) names_.require_unlike(name, terms_.allowed, concert.place + ": ");
  catalogue_.write(record);
  names_.put(name);
  for (const FieldChange& one : changes)
    result_.changes.push_back({concert.place, id, DateId{}, one, {}});
  add_once(result_.changed_concerts, id);
  if (is_listed_anew) add_once(result_.touched, id);
}

void Import::bring_dates(ConcertId id, const TourConcert& concert) {
  auto there = catalogue_.dates(id);
  std::vector<const TourDate*> missing;
  std::vector<Match> matches;
  const auto take = [&](const TourDate& date, const auto& is_it) {
    const auto found = std::find_if(there.begin(), there.end(), is_it);
    if (found == there.end()) return false;
    matches.push_back({date, *found});
    there.erase(found);
    return true;
  };
  for (const TourDate& date : concert.dates) {
    const auto has_key = [&](const DateRecord& one) { return one.key == date.key; };
    if (date.key.empty() || !take(date, has_key)) missing.push_back(&date);
  }
  std::erase_if(missing, [&](const TourDate* date) {
    return take(*date, [&](const DateRecord& one) {
      return !one.cancelled_at && one.starts_at == date->starts_at;
    });
  });
  change_dates(matches);
  std::vector<std::pair<const TourDate*, DateId>> placed;
  placed.reserve(concert.dates.size());
  for (const TourDate* date : missing) placed.emplace_back(date, add_date(id, *date));
  for (const Match& match : matches) {
    if (match.wanted.starts_at != match.record.starts_at)
      placed.emplace_back(&match.wanted, match.record.id);
  }
  const auto all = catalogue_.dates(id);
  for (const auto& [date, date_id] : placed) {
    require_apart({date_id, id, date->starts_at, 0, "", ""}, all, terms_.allowed,
                  date->place + ": ");
  }
}

// Brings the dates that are there to what the file says.
void Import::change_dates(const std::vector<Match>& matches) {
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
      change_date(match);
      change_seats(match);
    }
    if (result_.changes.size() == before) {
      ++result_.dates_there;
    } else {
      add_once(result_.changed_dates, match.record.id);
    }
  }
}

void Import::change_date(const Match& match) {
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

void Import::change_seats(const Match& match) {
  const auto& [wanted, record] = match;
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

void Import::note(const Match& match, const FieldChange& change, const DateTickets& tickets) {
  result_.changes.push_back(
      {match.wanted.place, match.record.concert, match.record.id, change, tickets});
}

// Throws unless the date that is there is what the file says of one without a key.
void Import::require_same(const Match& match) {
  const std::string other = difference(match);
  if (other.empty()) return;
  throw ChangeRefused(fmt::format(
      "{}: the concert begins at {} already, as date {}, but {}. An import changes a date only "
      "where both have a `key`, or the file gives it one: add a `key` to have it changed. Nothing "
      "was added.",
      match.wanted.place, match.wanted.starts_at.rfc3339(), match.record.id.value, other));
}

// Throws unless the file says nothing new of a date that was cancelled.
void Import::require_unchanged(const Match& match) {
  const auto& [wanted, record] = match;
  if (wanted.starts_at == record.starts_at && difference(match).empty()) return;
  throw ChangeRefused(fmt::format(
      "{}: date {} with the key `{}` was cancelled at {}, for good, and is not changed. Give a "
      "replacement a key of its own.",
      wanted.place, record.id.value, record.key, record.cancelled_at->rfc3339()));
}

// How the date that is there differs from the file's; empty if it does not.
std::string Import::difference(const Match& match) {
  const auto& [wanted, record] = match;
  if (wanted.venue && *wanted.venue != record.venue)
    return fmt::format("with another venue: `{}`, the file says `{}`", record.venue, *wanted.venue);
  DateRecord other = record;
  const auto terms = apply({{}, {}, wanted.on_sale_at, wanted.sales_end_at}, other);
  if (!terms.empty()) {
    return fmt::format("with another {}: `{}`, the file says `{}`", terms[0].field, terms[0].was,
                       terms[0].is);
  }
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

DateId Import::add_date(ConcertId concert, const TourDate& date) {
  const auto seats = static_cast<SeatNumber>(date.prices.size());
  std::optional<DateId> added;
  try {
    added = concerts_.add_date(concert, date.starts_at, seats);
  } catch (const Duplicate&) {
    refuse_second(date);
  }
  if (!added) refuse_passed(date);
  concerts_.add_seats(*added, date.prices);
  DateRecord record{*added, concert, date.starts_at, seats, date.venue.value_or(""), date.key};
  record.on_sale_at = date.on_sale_at.value_or(std::nullopt);
  record.sales_end_at = date.sales_end_at.value_or(std::nullopt);
  require_sale_in_order(record, date.place + ": ");
  catalogue_.write(record);
  result_.dates.push_back(*added);
  add_once(result_.touched, concert);
  return *added;
}

ImportedTour bring_and_record(Session& db, const Tour& tour, const AdminAction& action,
                              const ImportTerms& terms) {
  ImportedTour result = Import(db, terms).bring(tour);
  if (terms.is_dry_run) throw DryRunDone{std::move(result)};
  if (result.concerts.empty() && result.dates.empty() && result.changes.empty()) return result;
  const auto list = [](const auto& ids) {
    return fmt::format("{}", fmt::join(values_of(ids), ","));
  };
  AdminActionStore(db).append(
      action, fmt::format(R"({{"concertIds":[{}],"concertDateIds":[{}],"changedConcertIds":[{}],)"
                          R"("changedConcertDateIds":[{}]}})",
                          list(result.concerts), list(result.dates), list(result.changed_concerts),
                          list(result.changed_dates)));
  return result;
}

}  // namespace

ImportedTour import_tour(Session& db, const Tour& tour, const AdminAction& action,
                         const ImportTerms& terms) {
  try {
    return change_catalogue(db, [&] { return bring_and_record(db, tour, action, terms); });
  } catch (DryRunDone& done) {
    return std::move(done.result);
  }
}

}  // namespace concert
