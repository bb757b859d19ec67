#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace concert {

// Replaces each %XX by its byte; nothing if an escape is malformed.
std::optional<std::string> percent_decode(std::string_view text);

}  // namespace concert
