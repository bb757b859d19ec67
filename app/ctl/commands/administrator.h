#pragma once

#include "ctl/commands/command.h"
#include "domain/admin_action.h"

namespace concert {

// What is recorded of a change: who runs this program (the login name, through sudo too, and the
// host), the command's words and its --why. It is what the shell says, and proves nothing.
AdminAction action_of(const CommandArguments& given);

}  // namespace concert
