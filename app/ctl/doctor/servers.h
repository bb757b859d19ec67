#pragma once

#include <string>
#include <vector>

#include "ctl/doctor/finding.h"
#include "store/session/database_url.h"

namespace concert {

// What each host of the url is by itself: whether it answers, its role, its clock, and the settings
// by which it may lose what it has acknowledged, which are no fault of the service's (is_open).
std::vector<Finding> look_at_servers(const DatabaseUrl& url);

// Whether the connections of this url's account, which is concertd's, are all at one of its hosts.
// Nothing where it has one host.
std::vector<Finding> look_at_split(const DatabaseUrl& url);

}  // namespace concert
