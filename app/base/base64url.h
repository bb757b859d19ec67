#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace concert {

// base64url without padding (RFC 4648, section 5).
std::string base64url(std::string_view bytes);

// The bytes that base64url() wrote as `text`; nothing if it wrote no such text. So different texts
// are different bytes: surplus bits at the end must be 0.
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace concert
