#include "service/sale/announcements.h"

#include <algorithm>
#include <tuple>

#include "base/written_text.h"
#include "domain/refusal.h"

namespace concert {
namespace {

bool is_behind(const Announcement& concert, const CataloguePlace& place) {
  return std::tie(concert.next_starts_at.ms, concert.id.value) >
         std::tie(place.next_starts_at.ms, place.concert.value);
}

bool names(const Announcement& concert, const std::string& form) {
  return alike_form(concert.title).find(form) != std::string::npos ||
         alike_form(concert.venue).find(form) != std::string::npos;
}

}  // namespace

Announcements::Page Announcements::page(std::int64_t limit,
                                        const std::optional<CataloguePlace>& after,
                                        const std::optional<std::string>& text) {
  auto all = store_.all();
  Page page{{}, std::nullopt, db_.now()};
  const std::string form = text ? alike_form(*text) : "";
  std::erase_if(all, [&](const Announcement& concert) {
    return (after && !is_behind(concert, *after)) || (text && !names(concert, form));
  });
  if (all.size() > static_cast<std::size_t>(limit)) {
    all.resize(static_cast<std::size_t>(limit));
    page.next = CataloguePlace{all.back().next_starts_at, all.back().id};
  }
  std::vector<ConcertId> ids;
  ids.reserve(all.size());
  for (const Announcement& concert : all) ids.push_back(concert.id);
  page.concerts = store_.of(ids);
  const auto place = [&](const AnnouncedConcert& concert) {
    return std::find(ids.begin(), ids.end(), concert.id);
  };
  std::sort(page.concerts.begin(), page.concerts.end(),
            [&](const auto& a, const auto& b) { return place(a) < place(b); });
  return page;
}

Announcements::Page Announcements::show(ConcertId concert) {
  Page page{store_.of({concert}), std::nullopt, db_.now()};
  if (page.concerts.empty()) throw Refusal(Reason::concert_not_found, "There is no such concert.");
  return page;
}

}  // namespace concert
