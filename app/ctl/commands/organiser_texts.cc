#include <fmt/format.h>

#include <algorithm>
#include <regex>

#include "base/encoding.h"
#include "base/time_zone.h"
#include "base/written_text.h"
#include "ctl/commands/catalogue.h"
#include "domain/queue_message.h"

namespace concert {
namespace {

constexpr std::size_t kLongestName = 200;
constexpr std::size_t kLongestDescription = 4000;
constexpr std::size_t kLongestUrl = 1000;
constexpr std::size_t kLongestKey = 100;
constexpr std::size_t kLongestHallName = 50;

// What is wrong with a text of one line.
std::string fault_of_line(const std::string& text, std::size_t longest) {
  if (text.empty() || characters_of(text) > longest)
    return fmt::format("must be 1 to {} characters of UTF-8", longest);
  if (is_blank(text)) return "must not be blank";
  // They would reach the terminal of an administrator who lists the concerts.
  if (has_control_characters(text)) return "must not hold control characters";
  // They would make two texts differ that look the same.
  if (has_invisible_formatting(text)) return "must not hold invisible formatting, such as U+200B";
  return "";
}

OrganiserText read_line(const std::string& text, std::size_t longest) {
  if (!is_utf8(text) || text.empty()) return {"", fault_of_line("", longest)};
  OrganiserText read{tidied(text)};
  read.fault = read.text.empty() ? "must not be blank" : fault_of_line(read.text, longest);
  return read;
}

// Each end of a line is one newline, whichever system wrote it.
std::string with_newlines(const std::string& text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r') {
      plain += text[i];
    } else if (i + 1 == text.size() || text[i + 1] != '\n') {
      plain += '\n';
    }
  }
  return plain;
}

}  // namespace

OrganiserText read_name(const std::string& text) { return read_line(text, kLongestName); }

OrganiserText read_key(const std::string& text) { return read_line(text, kLongestKey); }

OrganiserText read_message(const std::string& text) { return read_line(text, kLongestMessage); }

OrganiserText read_hall_name(const std::string& text) { return read_line(text, kLongestHallName); }

OrganiserText read_description(const std::string& text) {
  if (!is_utf8(text)) return {"", "must be UTF-8"};
  OrganiserText read{tidied(with_newlines(text))};
  if (characters_of(read.text) > kLongestDescription) {
    read.fault = fmt::format("must be up to {} characters", kLongestDescription);
    return read;
  }
  std::string one_line = read.text;
  std::replace(one_line.begin(), one_line.end(), '\n', ' ');
  if (!one_line.empty()) read.fault = fault_of_line(one_line, kLongestDescription);
  return read;
}

OrganiserText read_image_url(const std::string& text) {
  // The characters of RFC 3986. A path that begins with two slashes names another host.
  static const std::regex form(
      R"((https://[A-Za-z0-9\[]|/(?!/))[-A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%]*|/)");
  OrganiserText read{text};
  if (text.empty()) return read;
  if (text.size() > kLongestUrl || !std::regex_match(text, form)) {
    read.fault = fmt::format(
        "must be an address that begins with https:// or a path of this site that begins with /, "
        "up to {} characters",
        kLongestUrl);
  }
  return read;
}

OrganiserText read_time_zone(const std::string& text) {
  OrganiserText read{text};
  if (!is_time_zone(text))
    read.fault = "must be a time zone of the system's zone database, such as Asia/Seoul or UTC";
  return read;
}

}  // namespace concert
