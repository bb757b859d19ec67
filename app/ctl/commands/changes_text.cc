#include <fmt/format.h>

#include "base/wording.h"
#include "ctl/commands/catalogue.h"

namespace concert {
namespace {

std::string shown(const std::string& value) {
  return value.empty() ? "none" : fmt::format("`{}`", excerpt_of(value));
}

const char* are(std::int64_t count) { return count == 1 ? "is" : "are"; }

}  // namespace

std::string text_of(const FieldChange& change, const std::string& of, const DateTickets& tickets) {
  std::string text =
      fmt::format("{} of {} was {}, is {}", change.field, of, shown(change.was), shown(change.is));
  if (tickets.sold + tickets.held > 0) text += "; " + text_of(tickets);
  return text;
}

Json::Value change_json(const FieldChange& change) {
  Json::Value entry(Json::objectValue);
  entry["field"] = change.field;
  entry["was"] = change.was;
  entry["is"] = change.is;
  return entry;
}

std::string text_of(const DateTickets& tickets) {
  return fmt::format("{} {} sold and {} {} held", count_of(tickets.sold, "ticket"),
                     are(tickets.sold), tickets.held, are(tickets.held));
}

CommandOption allow_same_option() {
  return flag_option("allow-same", "although another concert has that title and venue");
}

CommandOption allow_near_option() {
  return flag_option("allow-near", "although the concert has a date less than two hours from it");
}

}  // namespace concert
