#pragma once

#include <string_view>

namespace concert {

// Whether `text` has a form that jsoncpp accepts although it is not JSON. Its strict mode is not
// enough: it accepts a number like 007, +1 or 5., a bare control character within a string, a comma
// before the end of an object whose last key is empty, and anything after a NUL, which it takes as
// the end. (It accepts invalid UTF-8 as well: is_utf8() refuses that.) jsoncpp judges all else.
bool has_lenient_forms(std::string_view text);

}  // namespace concert
