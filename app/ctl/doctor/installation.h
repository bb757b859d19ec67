#pragma once

#include "ctl/doctor/finding.h"
#include "service/backend.h"
#include "store/upkeep/installation_store.h"

namespace concert {

// Whether it is the same database: two nodes of one cluster have one.
bool is_same_database(const Home& home, const DatabaseIdentity& own);

// Whether this installation has its id in memcached for itself. It tells of another database that
// uses the same id where a program of that database used the same memcached in the last minute.
Finding look_at_installation(Backend& backend);

}  // namespace concert
