#pragma once

#include "settings/settings.h"

namespace concert {

// Runs one maintenance pass and logs what it did, if anything. Returns the exit code: 0 done, 75
// the database is away or busy, 1 any other failure.
int run_pass(const Settings& settings);

// Reports to concertd that a pass uses the copy of the last good configuration.
void report_kept_configuration(const Settings& settings);

}  // namespace concert
