#pragma once

#include "service/backend.h"

namespace concert {

// Makes dates that were added to the concert seen at once; says on stderr where that failed, and
// what to do.
void show_dates_at_once(Backend& backend, ConcertId concert);

}  // namespace concert
