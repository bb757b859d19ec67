#pragma once

#include <vector>

#include "service/backend.h"

namespace concert {

// Makes dates that were added to these concerts seen at once: forgets the cached lists. Where
// memcached does not answer, the lists still show the dates within two seconds, because each worker
// compares a cached list with the database's catalogue; stderr says so.
void show_dates_at_once(Backend& backend, const std::vector<ConcertId>& concerts);

}  // namespace concert
