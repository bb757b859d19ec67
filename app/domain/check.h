#pragma once

#include <stdexcept>
#include <string>

namespace concert {

// A bug: something that the code itself promised does not hold. Never caught below the top of a
// request, which answers 500 and logs it.
class Bug : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

// An assertion that stays on in every build.
inline void check(bool holds, const char* promise) {
  if (!holds) throw Bug(std::string("assertion failed: ") + promise);
}

}  // namespace concert
