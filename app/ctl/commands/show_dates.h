#pragma once

#include "service/backend.h"

namespace concert {

// Makes dates that were added to the concert seen at once. A memcached that does not answer is
// asked again for 5 s; then stderr says what failed and what to do.
void show_dates_at_once(Backend& backend, ConcertId concert);

}  // namespace concert
