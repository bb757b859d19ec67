#include "ctl/commands/show_dates.h"

#include <fmt/format.h>

#include "cache/dates_cache.h"

namespace concert {

void show_dates_at_once(Backend& backend, const std::vector<ConcertId>& concerts) {
  if (!backend.cache.configured()) return;
  DatesCache cache(backend.cache);
  for (const ConcertId concert : concerts) {
    if (cache.invalidate(concert)) continue;
    fmt::print(stderr,
               "concertctl: memcached at {} does not answer. What was added is saved, and lists of "
               "dates show it within 2 s. Check: concertctl doctor\n",
               cache.place(concert));
    return;
  }
}

}  // namespace concert
