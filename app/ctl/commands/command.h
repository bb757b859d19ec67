#pragma once

#include <json/json.h>

#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "domain/admin_action.h"
#include "domain/ids.h"
#include "domain/instant.h"
#include "domain/reservation.h"
#include "service/backend.h"

namespace concert {

// The words and options that a command was called with.
struct CommandArguments {
  std::map<std::string, std::string> options;  // --name value, without the dashes
  std::string words;                           // the command's own
  bool json = false;                           // what is printed is JSON
  std::string config_file;

  bool has(const std::string& name) const { return options.count(name) > 0; }
  const std::string& text(const std::string& name) const { return options.at(name); }
  // The value of an option that takes numbers; read_invocation() has checked its bounds.
  std::int64_t number(const std::string& name) const;
  std::int64_t number_or(const std::string& name, std::int64_t otherwise) const {
    return has(name) ? number(name) : otherwise;
  }
};

// jsoncpp's own constructors take no std::int64_t.
inline Json::Value json_number(std::int64_t value) { return static_cast<Json::Int64>(value); }

// Null where there is none.
inline Json::Value json_time(const std::optional<Instant>& at) {
  return at ? Json::Value(at->rfc3339()) : Json::Value();
}

template <class Numbers>
Json::Value json_numbers(const Numbers& numbers) {
  Json::Value list(Json::arrayValue);
  for (const auto number : numbers) list.append(json_number(number));
  return list;
}

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

// Whether a command takes --why.
enum class Why {
  none,      // it changes nothing and has no --why
  optional,  // recorded where given
  required,  // it takes something from a user or from sale, or makes points
};

// What a command prints: a text, or with --json a document.
struct CommandResult {
  std::string text;
  Json::Value json{Json::objectValue};
  int exit_code = 0;
  bool has_changed = true;  // of a command with --why: false where there was nothing to do
};

// An option of a command. The command line's reader and every help text are made of these.
struct CommandOption {
  struct Bounds {
    std::int64_t least;
    std::int64_t most;
  };
  std::string name;   // without the dashes
  std::string value;  // its name in the help, such as TIME; empty: a flag, which takes no value
  std::string help;   // what it is for and which values it takes
  bool is_required = false;
  std::optional<Bounds> bounds{};  // of a whole number; a text has none
  std::string environment{};       // the variable that gives the value where the option is absent
};

CommandOption text_option(std::string name, std::string value, std::string help);
// The help ends with the bounds.
CommandOption number_option(std::string name, CommandOption::Bounds bounds, std::string help);
// The id of a row in the database: --concert ID
CommandOption id_option(std::string name, std::string help);
CommandOption flag_option(std::string name, std::string help);
CommandOption required(CommandOption option);

// A value without a name of its own, such as FILE. The command finds it among the options, by its
// name in small letters.
struct CommandOperand {
  std::string name;
  std::string help;
};

struct Command {
  std::string words;  // "concert add"
  std::string help;   // what it does, in one phrase
  std::vector<CommandOption> options{};
  std::function<CommandResult(Backend&, const CommandArguments&)> run{};
  Why why = Why::none;  // adds the option --why
  // What follows the words, if its name is not empty.
  CommandOperand operand{};
  // In place of `run`, for a command that needs no configuration and no database.
  std::function<CommandResult(const CommandArguments&)> run_alone{};
};

// Adds the members that say where a seat is: label, section, row and category, null where it has
// none.
void add_place(Json::Value& json, const SeatPlace& place);

// "A-12 in section 101"; empty for a seat of a date without a layout.
std::string place_text(const SeatPlace& place);

// The seats of a reservation: number, place and price at the hold.
Json::Value seats_json(const Reservation& reservation);

// Throws UsageError for --csv together with --json.
void require_one_form(const CommandArguments& given);

// --queue ID, and the queue that it names, the main one where it is absent. queue_in() throws
// ChangeRefused if there is no such queue.
CommandOption queue_option();
QueueId queue_in(Backend& backend, const CommandArguments& given);

// The options of a command, --why among them.
std::vector<CommandOption> options_of(const Command& command);

// What is recorded of a change: the caller (the login name, also through sudo, and the host), the
// command's words and its --why. The name comes from the shell and proves nothing.
AdminAction action_of(const CommandArguments& given);

// Every command, in the order in which the help lists them.
const std::vector<Command>& commands();

// The groups that commands() is made of, one file each.
std::vector<Command> catalogue_commands();
std::vector<Command> queue_commands();
std::vector<Command> operation_commands();
std::vector<Command> import_commands();
std::vector<Command> organise_commands();
std::vector<Command> installation_commands();
std::vector<Command> sale_commands();
std::vector<Command> reservation_commands();
std::vector<Command> booking_commands();
std::vector<Command> ticket_commands();
std::vector<Command> user_commands();
std::vector<Command> history_commands();
std::vector<Command> top_commands();

}  // namespace concert
