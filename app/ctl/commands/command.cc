#include "ctl/commands/command.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <utility>

#include "base/encoding.h"
#include "base/parse_number.h"

namespace concert {
namespace {

constexpr std::size_t kLongestLogin = 100;
constexpr std::size_t kLongestHost = 100;  // with its NUL

std::string login_name() {
  const char* const through_sudo = std::getenv("SUDO_USER");
  if (through_sudo != nullptr) {
    std::string name = through_sudo;
    const bool is_one_line = is_utf8(name) && !has_control_characters(name);
    if (!name.empty() && name.size() <= kLongestLogin && is_one_line) return name;
  }
  const passwd* const account = ::getpwuid(::geteuid());
  if (account == nullptr) return "uid " + std::to_string(::geteuid());
  return std::string(account->pw_name).substr(0, kLongestLogin);
}

}  // namespace

std::int64_t CommandArguments::number(const std::string& name) const {
  return parse_number<std::int64_t>(text(name)).value();
}

CommandOption text_option(std::string name, std::string value, std::string help) {
  return {std::move(name), std::move(value), std::move(help)};
}

CommandOption number_option(std::string name, CommandOption::Bounds bounds, std::string help) {
  CommandOption option = text_option(std::move(name), "N",
                                     fmt::format("{}: {} to {}", help, bounds.least, bounds.most));
  option.bounds = bounds;
  return option;
}

CommandOption id_option(std::string name, std::string help) {
  CommandOption option = text_option(std::move(name), "ID", std::move(help));
  option.bounds = CommandOption::Bounds{1, kMaxId};
  return option;
}

CommandOption flag_option(std::string name, std::string help) {
  return text_option(std::move(name), "", std::move(help));
}

CommandOption required(CommandOption option) {
  option.is_required = true;
  return option;
}

void add_place(Json::Value& json, const SeatPlace& place) {
  const auto text_or_null = [](const std::string& text) {
    return text.empty() ? Json::Value() : Json::Value(text);
  };
  json["label"] = place.label;
  json["section"] = text_or_null(place.section);
  json["row"] = text_or_null(place.row);
  json["category"] = text_or_null(place.category);
}

std::string place_text(const SeatPlace& place) {
  return place.section.empty() ? "" : fmt::format("{} in section {}", place.label, place.section);
}

Json::Value seats_json(const Reservation& reservation) {
  Json::Value list(Json::arrayValue);
  for (std::size_t i = 0; i < reservation.seats.size(); ++i) {
    Json::Value entry(Json::objectValue);
    entry["seatNumber"] = reservation.seats[i];
    add_place(entry, reservation.as_held[i].place);
    entry["price"] = json_number(reservation.as_held[i].price);
    list.append(std::move(entry));
  }
  return list;
}

void require_one_form(const CommandArguments& given) {
  if (given.has("csv") && given.json) throw UsageError("give --csv or --json, not both.");
}

std::vector<CommandOption> options_of(const Command& command) {
  std::vector<CommandOption> all = command.options;
  if (command.why == Why::none) return all;
  all.push_back(
      text_option("why", "TEXT", "the reason, recorded with the change; `admin log` shows it"));
  all.back().is_required = command.why == Why::required;
  return all;
}

const std::vector<Command>& commands() {
  static const std::vector<Command> all = [] {
    std::vector<Command> gathered = operation_commands();
    for (const auto& group :
         {catalogue_commands, organise_commands, import_commands, queue_commands, sale_commands,
          reservation_commands, booking_commands, ticket_commands, user_commands, history_commands,
          top_commands, installation_commands}) {
      for (auto& command : group()) gathered.push_back(std::move(command));
    }
    return gathered;
  }();
  return all;
}

AdminAction action_of(const CommandArguments& given) {
  std::array<char, kLongestHost> host{};
  ::gethostname(host.data(), host.size() - 1);
  return {login_name() + "@" + host.data(), given.words, given.has("why") ? given.text("why") : ""};
}

}  // namespace concert
