#pragma once

#include <string>

namespace concert {

// What the doctor says of one thing that the service needs.
struct Finding {
  const char* subject;
  bool ok;
  std::string text;
};

}  // namespace concert
