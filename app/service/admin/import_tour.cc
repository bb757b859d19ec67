#include "service/admin/import_tour.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/wording.h"
#include "service/admin/import_dates.h"
#include "store/admin/admin_action_store.h"
#include "store/sale/concert_store.h"

namespace concert {
namespace {

template <class Tag>
std::vector<std::int64_t> values_of(const std::vector<Id<Tag>>& ids) {
  std::vector<std::int64_t> values;
  values.reserve(ids.size());
  for (const auto& id : ids) values.push_back(id.value);
  return values;
}

// A dry run ends with it, so that its transaction is rolled back.
struct DryRunDone {
  ImportedTour result;
};

// One import, in its transaction.
class Import {
 public:
  Import(Session& db, const ImportTerms& terms)
      : terms_(terms),
        concerts_(db),
        catalogue_(db),
        names_(db),
        dates_(db, terms.allowed, result_) {}

  ImportedTour bring(const Tour& tour) {
    for (const TourConcert& concert : tour) {
      dates_.bring(concert_of(concert), concert.dates);
    }
    return std::move(result_);
  }

 private:
  ConcertId concert_of(const TourConcert& concert);
  std::optional<ConcertId> find(const TourConcert& concert);
  ConcertId add(const TourConcert& concert);
  void change(ConcertId id, const TourConcert& concert);

  ImportTerms terms_;
  ConcertStore concerts_;
  CatalogueStore catalogue_;
  ConcertNames names_;
  ImportedTour result_;
  DateImport dates_;
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
  const auto changes_the = [&](const std::string& field) {
    return std::any_of(changes.begin(), changes.end(),
                       [&](const FieldChange& one) { return one.field == field; });
  };
  const bool is_renamed = changes_the("title") || changes_the("venue");
  if (is_renamed) names_.require_unlike(name, terms_.allowed, concert.place + ": ");
  catalogue_.write(record);
  names_.put(name);
  for (const FieldChange& one : changes)
    result_.changes.push_back({concert.place, id, DateId{}, one, {}});
  add_once(result_.changed_concerts, id);
  if (is_renamed || changes_the("visibleFrom")) add_once(result_.touched, id);
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
