#pragma once

#include <string_view>

namespace concert {

// Whether `text` has a form that jsoncpp lets pass though it is no JSON: a number like 007, +1 or
// 5., a bare control character within a string, a comma before the end of an object whose last key
// is empty, or anything at all after a NUL, which it takes for the end. All else is left to jsoncpp
// to judge.
bool has_lenient_forms(std::string_view text);

}  // namespace concert
