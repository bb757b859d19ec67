#pragma once

#include <vector>

#include "ctl/commands/command.h"

namespace concert {

// `queue open-at` and `queue public-value`.
std::vector<Command> opening_commands();

}  // namespace concert
