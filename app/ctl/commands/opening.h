#pragma once

#include <vector>

#include "ctl/commands/command.h"
#include "store/queue/queue_store.h"

namespace concert {

// Adds the phase of a queue that has an opening, and when it opens, registers and how many entries
// it has. Adds nothing to that of another queue.
void add_opening(CommandResult& result, const QueueRow& row);

// `queue open-at` and `queue public-value`.
std::vector<Command> opening_commands();

}  // namespace concert
