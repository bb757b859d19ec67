#pragma once

#include <string>
#include <string_view>

namespace concert::test {

// base64url without padding, as in a JWT.
std::string base64url(std::string_view bytes);

// The bytes of such a text. Throws std::runtime_error if it is none.
std::string from_base64url(std::string text);

}  // namespace concert::test
