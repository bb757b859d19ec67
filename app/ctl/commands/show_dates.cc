#include "ctl/commands/show_dates.h"

#include <fmt/format.h>

#include <chrono>
#include <thread>

namespace concert {

void show_dates_at_once(Backend& backend, ConcertId concert) {
  constexpr int kTries = 50;
  constexpr std::chrono::milliseconds kPause{100};
  if (!backend.cache.configured()) return;
  for (int i = 0; i < kTries; ++i) {
    if (i > 0) std::this_thread::sleep_for(kPause);
    if (backend.dates_cache.invalidate(concert)) return;
  }
  fmt::print(
      stderr,
      "concertctl: the date was added, but memcached at {} could not be told: lists of dates "
      "may lack it for up to {} s. Once it answers, `echo flush_all | nc` to it shows the "
      "date at once.\n",
      backend.dates_cache.place(concert), backend.settings.dates_cache_seconds);
}

}  // namespace concert
