#pragma once

#include <string>
#include <vector>

#include "ctl/doctor/finding.h"
#include "settings/settings.h"

namespace concert {

// Whether the database account of each program is let in and has the rights that sql/grants.sql
// gives it: of each that has a secret of its own on this host, or of the one that is named for all.
std::vector<Finding> look_at_accounts(const Settings& settings, const std::string& config_file);

}  // namespace concert
