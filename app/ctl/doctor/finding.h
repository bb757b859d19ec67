#pragma once

#include <string>

namespace concert {

// What the doctor says of one thing that the service needs.
struct Finding {
  const char* subject;
  bool ok;
  std::string text;
  bool is_open = false;  // not ok, yet nothing is broken: the exit code stays 0
};

}  // namespace concert
