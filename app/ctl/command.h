#pragma once

#include <json/json.h>

#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "domain/ids.h"
#include "service/backend.h"

namespace concert {

// What a command was given, as words and options.
struct CommandArguments {
  std::map<std::string, std::string> options;  // --name value, without the dashes
  std::string words;                           // the command's own
  bool json = false;                           // what is printed is JSON
  std::string config_file;

  bool has(const std::string& name) const { return options.count(name) > 0; }
  const std::string& text(const std::string& name) const { return options.at(name); }
  // Throws UsageError unless the option is a whole number within the bounds.
  std::int64_t number(const std::string& name, std::int64_t least, std::int64_t most) const;
  // Throws UsageError unless the option is an id.
  std::int64_t id(const std::string& name) const { return number(name, 1, kMaxId); }
};

// jsoncpp's own constructors take no std::int64_t.
inline Json::Value json_number(std::int64_t value) { return static_cast<Json::Int64>(value); }

// The command line is wrong: exit 2.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The command was understood and refused: exit 1.
class CommandRefused : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Whether a command changes something, and must say why.
enum class Why {
  none,      // it changes nothing, and has no --why
  optional,  // recorded where given
  required,  // it takes something from a user or from sale
};

// What a command prints: for people, and with --json for programs.
struct CommandResult {
  std::string text;
  Json::Value json{Json::objectValue};
  int exit_code = 0;
};

struct Command {
  std::string words;                  // "concert add"
  std::vector<std::string> required;  // options, without the dashes
  std::vector<std::string> optional;
  std::string help;
  std::function<CommandResult(Backend&, const CommandArguments&)> run;
  Why why = Why::none;
  std::vector<std::string> flags{};  // options without a value
  bool takes_file = false;           // a file follows the words; the command finds it as `file`
  // In place of `run`: it wants no configuration and no database.
  std::function<CommandResult(const CommandArguments&)> run_alone{};
};

// Every command, in the order in which the help lists them.
const std::vector<Command>& commands();

// The groups that commands() is made of, one file each.
std::vector<Command> catalogue_commands();
std::vector<Command> queue_commands();
std::vector<Command> operation_commands();
std::vector<Command> import_commands();
std::vector<Command> sale_commands();
std::vector<Command> reservation_commands();
std::vector<Command> user_commands();
std::vector<Command> history_commands();
std::vector<Command> top_commands();

}  // namespace concert
