#pragma once

#include <string>
#include <vector>

#include "base/command_line.h"
#include "ctl/command.h"

namespace concert {

// What was typed after `concertctl`.
struct Invocation {
  std::string config_file = kDefaultConfigFile;
  std::string words;  // that name the command, and its file
  CommandArguments arguments;
  std::string without_value;  // the option at the end, if its value is missing
  bool json = false;
  bool help = false;
  bool version = false;
};

// Throws UsageError for what no command could mean.
Invocation read_invocation(const std::vector<std::string>& words);

// The command that was called, with all that it needs and nothing that it does not know; otherwise
// throws UsageError, which says what is wrong or missing.
const Command& find_command(const Invocation& call);

}  // namespace concert
