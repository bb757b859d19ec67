#pragma once

#include <string>

namespace concert {

// Whether the system's zone database has the IANA zone `name`, in the database's own spelling:
// Asia/Seoul, UTC. Throws std::runtime_error if the system has no zone database.
bool is_time_zone(const std::string& name);

}  // namespace concert
