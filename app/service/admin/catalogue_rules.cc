#include "service/admin/catalogue_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "base/wording.h"
#include "base/written_text.h"
#include "domain/admin_action.h"

namespace concert {
namespace {

std::string form_of(const ConcertName& concert) {
  return alike_form(concert.title) + '\n' + alike_form(concert.venue);
}

void set(const char* field, const std::optional<std::string>& wanted, std::string& value,
         std::vector<FieldChange>& changes) {
  if (!wanted || *wanted == value) return;
  changes.push_back({field, value, *wanted});
  value = *wanted;
}

void set(const char* field, const std::optional<std::optional<Instant>>& wanted,
         std::optional<Instant>& value, std::vector<FieldChange>& changes) {
  if (!wanted || *wanted == value) return;
  const auto text = [](const std::optional<Instant>& at) { return at ? at->rfc3339() : ""; };
  changes.push_back({field, text(value), text(*wanted)});
  value = *wanted;
}

}  // namespace

ConcertNames::ConcertNames(Session& db) {
  constexpr std::int64_t kPage = 1000;
  CatalogueStore store(db);
  ConcertId after;
  for (auto page = store.names(after, kPage); !page.empty(); page = store.names(after, kPage)) {
    for (const ConcertName& concert : page) put(concert);
    after = page.back().id;
  }
}

std::vector<ConcertName> ConcertNames::alike(const std::string& title,
                                             const std::string& venue) const {
  std::vector<ConcertName> found;
  const auto ids = by_form_.find(form_of({{}, title, venue, ""}));
  if (ids == by_form_.end()) return found;
  for (const ConcertId id : ids->second) found.push_back(concerts_.at(id));
  return found;
}

const ConcertName* ConcertNames::with_key(const std::string& key) const {
  const auto found = std::find_if(concerts_.begin(), concerts_.end(),
                                  [&](const auto& entry) { return entry.second.key == key; });
  return key.empty() || found == concerts_.end() ? nullptr : &found->second;
}

void ConcertNames::put(const ConcertName& concert) {
  const auto before = concerts_.find(concert.id);
  if (before != concerts_.end()) by_form_[form_of(before->second)].erase(concert.id);
  concerts_[concert.id] = concert;
  by_form_[form_of(concert)].insert(concert.id);
}

void ConcertNames::require_unlike(const ConcertName& concert, const Allowed& allowed,
                                  const std::string& place) const {
  if (allowed.same) return;
  for (const ConcertName& other : alike(concert.title, concert.venue)) {
    if (other.id == concert.id) continue;
    const std::string key = other.key.empty() ? "" : fmt::format(" with the key `{}`", other.key);
    throw ChangeRefused(fmt::format(
        "{}there is a concert like this already: concert {}{}, `{}` at `{}`. If a second one is "
        "meant, give --allow-same.",
        place, other.id.value, key, other.title, other.venue));
  }
}

void require_apart(const DateRecord& date, const std::vector<DateRecord>& dates,
                   const Allowed& allowed, const std::string& place) {
  for (const DateRecord& other : dates) {
    if (other.cancelled_at) continue;
    const std::int64_t apart_ms = std::abs(other.starts_at - date.starts_at);
    if (other.id == date.id || apart_ms >= kDatesApart_ms) continue;
    if (apart_ms == 0) {
      throw ChangeRefused(fmt::format("{}concert {} already has a date at {}: date {}.", place,
                                      date.concert.value, date.starts_at.rfc3339(),
                                      other.id.value));
    }
    if (allowed.near) continue;
    throw ChangeRefused(fmt::format(
        "{}concert {} has a date less than two hours from {}: date {} at {}. To move that one: "
        "concertctl date set --date {} --starts-at TIME --why TEXT. If both are meant, give "
        "--allow-near.",
        place, date.concert.value, date.starts_at.rfc3339(), other.id.value,
        other.starts_at.rfc3339(), other.id.value));
  }
}

void require_room(const DateRecord& date, const std::vector<DateRecord>& dates, Instant now,
                  const std::string& place) {
  const auto others = std::count_if(dates.begin(), dates.end(), [&](const DateRecord& other) {
    const Instant end = std::max(other.starts_at, other.sales_end_at.value_or(other.starts_at));
    return other.id != date.id && !other.cancelled_at && end > now;
  });
  if (others < kMostDatesToCome) return;
  throw ChangeRefused(fmt::format(
      "{}concert {} would have more dates to come than can be listed: a concert has at most {} "
      "dates to come. Add a second concert for the others.",
      place, date.concert.value, kMostDatesToCome));
}

void require_sale_in_order(const DateRecord& date, const std::string& place) {
  const Instant end = date.sales_end_at.value_or(date.starts_at);
  if (end - date.starts_at > kLatestSale_ms) {
    throw ChangeRefused(
        fmt::format("{}the sale would end at {}, more than 24 hours after the date begins at {}.",
                    place, end.rfc3339(), date.starts_at.rfc3339()));
  }
  if (!date.on_sale_at || *date.on_sale_at < end) return;
  throw ChangeRefused(fmt::format("{}the sale would begin at {}, and end at {} already.", place,
                                  date.on_sale_at->rfc3339(), end.rfc3339()));
}

std::vector<FieldChange> apply(const ConcertChange& change, ConcertRecord& record) {
  std::vector<FieldChange> changes;
  ConcertTexts& texts = record.texts;
  set("title", change.title, texts.title, changes);
  set("venue", change.venue, texts.venue, changes);
  set("description", change.description, texts.description, changes);
  set("imageUrl", change.image_url, texts.image_url, changes);
  set("timeZone", change.time_zone, texts.time_zone, changes);
  set("visibleFrom", change.visible_from, texts.visible_from, changes);
  if (change.queue && *change.queue != record.queue) {
    changes.push_back(
        {"queueId", std::to_string(record.queue.value), std::to_string(change.queue->value)});
    record.queue = *change.queue;
  }
  return changes;
}

std::vector<FieldChange> apply(const DateChange& change, DateRecord& record) {
  std::vector<FieldChange> changes;
  if (change.starts_at && *change.starts_at != record.starts_at) {
    changes.push_back({"startsAt", record.starts_at.rfc3339(), change.starts_at->rfc3339()});
    if (record.sales_end_at && !change.sales_end_at) {
      const auto moved = *record.sales_end_at + (*change.starts_at - record.starts_at);
      set("salesEndAt", moved, record.sales_end_at, changes);
    }
    record.starts_at = *change.starts_at;
  }
  set("venue", change.venue, record.venue, changes);
  set("onSaleAt", change.on_sale_at, record.on_sale_at, changes);
  set("salesEndAt", change.sales_end_at, record.sales_end_at, changes);
  return changes;
}

}  // namespace concert
