#pragma once

#include <string>

namespace concert {

// The help, 80 columns wide, of the command or the group that goes by these words; of the whole
// program for none.
std::string help_text(const std::string& words);

// A paragraph for each command with its options, from which the manual is made.
std::string help_of_every_command();

}  // namespace concert
