#pragma once

#include "ctl/commands/command.h"

namespace concert {

// Looks at everything that the service needs and says what is wrong and what to do. The exit code
// is 0 where nothing is wrong, though something may be open (ctl/doctor/openness.h), 1 otherwise.
CommandResult doctor(Backend& backend, const CommandArguments& arguments);

}  // namespace concert
