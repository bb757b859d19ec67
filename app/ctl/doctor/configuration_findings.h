#pragma once

#include <string>
#include <vector>

#include "ctl/doctor/finding.h"

namespace concert {

// Whether this host's concert-cron goes on with the copy of the last good configuration, and why.
// The sentence ends a message; empty: it does not, or that is not known.
std::string told_of_kept_configuration(const std::string& config_file);

// What the doctor says of the configuration that it could read.
std::vector<Finding> look_at_configuration(const std::string& config_file);

}  // namespace concert
