#include "service/admin/change_catalogue.h"

#include <fmt/format.h>
#include <json/json.h>

#include <algorithm>
#include <set>

#include "base/encoding.h"
#include "base/wording.h"
#include "service/admin/block_seats.h"
#include "service/admin/queues.h"
#include "store/admin/admin_action_store.h"
#include "store/sale/concert_store.h"
#include "store/sale/hall_store.h"

namespace concert {
namespace {

Json::Value number(std::int64_t value) { return static_cast<Json::Int64>(value); }

// {"concertId": 3, "changed": {"title": {"was": "A", "is": "B"}}}
std::string subject_of(const char* id_name, std::int64_t id,
                       const std::vector<FieldChange>& changes) {
  Json::Value subject(Json::objectValue);
  subject[id_name] = number(id);
  for (const FieldChange& change : changes) {
    Json::Value& entry = subject["changed"][change.field];
    entry["was"] = excerpt_of(change.was);
    entry["is"] = excerpt_of(change.is);
  }
  return json_text(subject);
}

std::vector<std::int64_t> values_of(const std::vector<DateId>& dates) {
  std::vector<std::int64_t> values;
  values.reserve(dates.size());
  for (const DateId date : dates) values.push_back(date.value);
  return values;
}

constexpr char kHeld[] =
    "date {} has reservations, or may have had some that were deleted since; only a date of which "
    "nothing was ever held can be removed. To take its free seats from sale: concertctl seat block";

}  // namespace

ConcertRecord ChangeCatalogue::require_concert(ConcertId concert) {
  auto found = CatalogueStore(db_).concert(concert);
  if (!found) throw ChangeRefused(fmt::format("there is no concert {}.", concert.value));
  return *std::move(found);
}

DateRecord ChangeCatalogue::require_date(DateId date) {
  auto found = CatalogueStore(db_).date(date);
  if (!found) throw ChangeRefused(fmt::format("there is no date {}.", date.value));
  return *std::move(found);
}

DateRecord ChangeCatalogue::require_changeable(DateId date) {
  DateRecord record = require_date(date);
  if (record.cancelled_at) {
    throw ChangeRefused(
        fmt::format("date {} was cancelled at {}, for good. A replacement is a date of its own: "
                    "concertctl date add --concert {} --starts-at TIME --seats N --price N",
                    date.value, record.cancelled_at->rfc3339(), record.concert.value));
  }
  return record;
}

ConcertId ChangeCatalogue::add_concert(const ConcertTexts& texts) {
  return change_catalogue(db_, [&] {
    ConcertNames(db_).require_unlike({{}, texts.title, texts.venue, ""}, allowed_, "");
    const ConcertId added = ConcertStore(db_).add(texts.title, texts.venue);
    CatalogueStore(db_).write({added, texts, "", std::nullopt});
    AdminActionStore(db_).append(action_, subject_of("concertId", added.value, {}));
    return added;
  });
}

std::vector<FieldChange> ChangeCatalogue::set_concert(ConcertId concert,
                                                      const ConcertChange& change) {
  return change_catalogue(db_, [&] {
    ConcertRecord record = require_concert(concert);
    if (change.queue) require_queue_exists(db_, *change.queue);
    auto changes = apply(change, record);
    if (changes.empty()) return changes;
    const ConcertTexts& texts = record.texts;
    if (change.title || change.venue) {
      ConcertNames(db_).require_unlike({concert, texts.title, texts.venue, record.key}, allowed_,
                                       "");
    }
    CatalogueStore(db_).write(record);
    AdminActionStore(db_).append(action_, subject_of("concertId", concert.value, changes));
    return changes;
  });
}

std::vector<DateId> ChangeCatalogue::remove_concert(ConcertId concert, Instant kept_since) {
  return change_catalogue(db_, [&] {
    require_concert(concert);
    CatalogueStore store(db_);
    std::vector<DateId> removed;
    for (const DateRecord& date : store.dates(concert)) {
      if (!store.lock_unheld(date.id, kept_since))
        throw ChangeRefused(fmt::format("{}.", fmt::format(kHeld, date.id.value)));
      store.remove(date.id);
      removed.push_back(date.id);
    }
    store.remove(concert);
    AdminActionStore(db_).append(
        action_, fmt::format(R"({{"concertId":{},"concertDateIds":[{}]}})", concert.value,
                             fmt::join(values_of(removed), ",")));
    return removed;
  });
}

ConcertId ChangeCatalogue::remove_date(DateId date, Instant kept_since) {
  return change_catalogue(db_, [&] {
    const DateRecord record = require_date(date);
    CatalogueStore store(db_);
    if (!store.lock_unheld(date, kept_since)) {
      throw ChangeRefused(fmt::format("{} --date {} --seats 1-{} --why TEXT",
                                      fmt::format(kHeld, date.value), date.value,
                                      std::min(record.seat_count, kMostBlockedSeats)));
    }
    store.remove(date);
    AdminActionStore(db_).append(action_, subject_of("concertDateId", date.value, {}));
    return record.concert;
  });
}

DateId ChangeCatalogue::add_date(const NewDate& date) {
  return change_catalogue(db_, [&] {
    require_concert(date.concert);
    CatalogueStore store(db_);
    DateRecord wanted{{}, date.concert, date.starts_at, date.seats, date.venue, ""};
    wanted.on_sale_at = date.on_sale_at;
    wanted.sales_end_at = date.sales_end_at;
    const auto others = store.dates(date.concert);
    require_apart(wanted, others, allowed_, "");
    require_room(wanted, others, db_.now(), "");
    require_sale_in_order(wanted, "");
    ConcertStore concerts(db_);
    const auto added = concerts.add_date(date.concert, date.starts_at, date.seats);
    if (!added) {
      throw ChangeRefused(
          fmt::format("{} has passed; a date must begin in the future.", date.starts_at.rfc3339()));
    }
    concerts.add_seats(*added, date.seats, date.price);
    wanted.id = *added;
    store.write(wanted);
    AdminActionStore(db_).append(action_, fmt::format(R"({{"concertId":{},"concertDateId":{}}})",
                                                      date.concert.value, added->value));
    return *added;
  });
}

ChangedDate ChangeCatalogue::set_date(DateId date, const DateChange& change) {
  return change_catalogue(db_, [&] {
    DateRecord record = require_changeable(date);
    CatalogueStore store(db_);
    const Instant began = record.starts_at;
    ChangedDate result{record.concert, apply(change, record), store.tickets(date)};
    if (result.changes.empty()) return result;
    require_sale_in_order(record, "");
    if (record.starts_at != began) {
      require_to_come(record.starts_at);
      const auto others = store.dates(record.concert);
      require_apart(record, others, allowed_, "");
      require_room(record, others, db_.now(), "");
    }
    store.write(record);
    AdminActionStore(db_).append(action_, subject_of("concertDateId", date.value, result.changes));
    return result;
  });
}

ChangedDate ChangeCatalogue::set_stopped(DateId date, SaleSwitch to) {
  return change_catalogue(db_, [&] {
    DateRecord record = require_changeable(date);
    CatalogueStore store(db_);
    ChangedDate result{record.concert, {}, store.tickets(date)};
    const bool is_wanted = to == SaleSwitch::stop;
    if (record.is_stopped == is_wanted) return result;
    const auto word = [](bool is_stopped) { return is_stopped ? "stopped" : "going on"; };
    result.changes.push_back({"sale", word(record.is_stopped), word(is_wanted)});
    record.is_stopped = is_wanted;
    store.write(record);
    AdminActionStore(db_).append(action_, subject_of("concertDateId", date.value, result.changes));
    return result;
  });
}

Repriced ChangeCatalogue::set_price(DateId date, Points price,
                                    const std::optional<std::string>& category) {
  return change_catalogue(db_, [&] {
    const DateRecord record = require_changeable(date);
    CatalogueStore store(db_);
    Repriced result;
    if (category || record.has_layout) {
      result.changed = reprice_sections(date, price, category);
    } else {
      result.changed = store.set_prices(date, 1, record.seat_count, price);
    }
    result.tickets = store.tickets(date);
    if (result.changed == 0) return result;
    Json::Value subject(Json::objectValue);
    subject["concertDateId"] = number(date.value);
    if (category) subject["category"] = *category;
    subject["price"] = number(price);
    AdminActionStore(db_).append(action_, json_text(subject));
    return result;
  });
}

std::uint64_t ChangeCatalogue::reprice_sections(DateId date, Points price,
                                                const std::optional<std::string>& category) {
  HallStore halls(db_);
  CatalogueStore store(db_);
  std::set<std::string> known;
  std::uint64_t changed = 0;
  std::vector<std::int32_t> sections;
  for (const HallSection& section : halls.sections_of(date)) {
    if (!section.category.empty()) known.insert(section.category);
    if ((category && section.category != *category) || section.price == price) continue;
    changed += store.set_prices(date, section.first_seat, section.last_seat, price);
    sections.push_back(section.section_no);
  }
  if (category && known.count(*category) == 0) {
    throw ChangeRefused(fmt::format("date {} has no category `{}`; it has {}.", date.value,
                                    excerpt_of(*category), known.empty() ? "none" : few_of(known)));
  }
  // After the seats, as a hold does.
  for (const std::int32_t section : sections) halls.set_price(date, section, price);
  return changed;
}

AddedSeats ChangeCatalogue::add_seats(DateId date, SeatNumber seats, Points price) {
  return change_catalogue(db_, [&] {
    const DateRecord record = require_changeable(date);
    if (record.has_layout) {
      throw ChangeRefused(
          fmt::format("date {} has a layout, which stays as it was announced.", date.value));
    }
    const SeatNumber most = kMaxPlainSeats - record.seat_count;
    if (seats > most) {
      throw ChangeRefused(fmt::format("date {} has {}, and a date has at most {}.", date.value,
                                      count_of(record.seat_count, "seat"), kMaxPlainSeats));
    }
    const SeatNumber last = record.seat_count + seats;
    CatalogueStore(db_).set_seat_count(date, last);
    ConcertStore(db_).add_seats(date, std::vector<Points>(static_cast<std::size_t>(seats), price),
                                record.seat_count);
    AdminActionStore(db_).append(
        action_, fmt::format(R"({{"concertDateId":{},"from":{},"to":{},"price":{}}})", date.value,
                             record.seat_count + 1, last, price));
    return AddedSeats{record.concert, record.seat_count + 1, last};
  });
}

void ChangeCatalogue::require_to_come(Instant starts_at) {
  if (starts_at > db_.now()) return;
  throw ChangeRefused(
      fmt::format("{} has passed; a date must begin in the future.", starts_at.rfc3339()));
}

}  // namespace concert
