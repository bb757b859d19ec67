#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace concert {

// Whether `path`, undecoded, fits `pattern`, as in /concerts/{concertId}/dates. `values` are then
// those of its {parameters}, decoded, in order, none of them empty.
bool fits(std::string_view pattern, std::string_view path, std::vector<std::string>& values);

}  // namespace concert
