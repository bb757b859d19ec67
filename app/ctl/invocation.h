#pragma once

#include <string>
#include <vector>

#include "ctl/commands/command.h"

namespace concert {

// A command line of `concertctl`, read.
struct Invocation {
  const Command* command = nullptr;  // null: the caller asked only for `answer`
  CommandArguments arguments;
  CommandResult answer{};  // a help text, or the version
};

// Returns a command with everything that it requires and no option that it does not know. Otherwise
// throws UsageError, which says what is wrong. An unknown option is reported before a missing one:
// `--titel` in place of `--title` is both.
Invocation read_invocation(const std::vector<std::string>& words);

// The help text, 80 columns wide, of the command or the group with these words; without words, of
// the program.
std::string help_text(const std::string& words);

// A paragraph for each command with its options, from which the manual is made.
std::string help_of_every_command();

}  // namespace concert
