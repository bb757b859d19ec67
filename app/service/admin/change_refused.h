#pragma once

#include <stdexcept>

namespace concert {

// A change that an administrator asked for and that cannot be made; nothing was done. what() says
// why and what to do instead. Clients never hear it: what they can hear is a Refusal.
class ChangeRefused : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace concert
