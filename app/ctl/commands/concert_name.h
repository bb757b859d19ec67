#pragma once

#include <string>

namespace concert {

// What is wrong with a concert's title or venue, as in "must be ..."; nothing if nothing is.
std::string fault_of_name(const std::string& text);

}  // namespace concert
