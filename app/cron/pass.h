#pragma once

#include "settings/settings.h"

namespace concert {

// Runs one maintenance pass and logs what it did, if anything. Returns the exit code: 0 done, 75
// the database is away or busy, 1 anything else.
int run_pass(const Settings& settings);

// Tells concertd that a pass goes on with the copy of the last good configuration.
void report_kept_configuration(const Settings& settings);

}  // namespace concert
