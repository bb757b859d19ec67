#pragma once

#include <string>
#include <vector>

#include "ctl/commands/command.h"

namespace concert {

// What was typed after `concertctl`.
struct Invocation {
  const Command* command = nullptr;  // null: `answer` is all that was asked for
  CommandArguments arguments;
  std::string answer;  // a help, or the version
};

// Returns the command with all that it needs and nothing that it does not know. Otherwise throws
// UsageError, which says what is wrong; an option that does not exist comes before what is missing,
// for `--titel` in place of `--title` is both.
Invocation read_invocation(const std::vector<std::string>& words);

}  // namespace concert
