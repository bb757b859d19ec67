#pragma once

#include <vector>

#include "ctl/doctor/finding.h"
#include "settings/settings.h"

namespace concert {

// Who the users are, the rate limits and HTTPS: each is open as it is installed. What is open, and
// not said to be meant (`open_is_meant`), is a finding that leaves the exit code 0. Asks the site
// at `site_url`.
std::vector<Finding> look_at_openness(const Settings& settings);

}  // namespace concert
