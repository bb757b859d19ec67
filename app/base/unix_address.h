#pragma once

#include <sys/un.h>

#include <optional>
#include <string>

namespace concert {

// The address of the unix socket at `path`; nothing if the path is too long for one.
std::optional<sockaddr_un> unix_address(const std::string& path);

}  // namespace concert
