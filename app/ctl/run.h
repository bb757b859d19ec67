#pragma once

#include <string>
#include <vector>

namespace concert {

// Runs the command that `words` name and prints its result. Returns the exit code: 0 done, 1
// refused or not found, 2 wrong usage, 75 try again, 78 configuration.
int run_concertctl(const std::vector<std::string>& words);

}  // namespace concert
