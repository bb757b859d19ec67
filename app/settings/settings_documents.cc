#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <string_view>

#include "settings/settings_table.h"

namespace concert {
namespace {

constexpr char kExampleHead[] =
    R"(# /etc/concert-reservation/concert.conf, read by concertd, concert-cron and concertctl.
#
# Owner root, group concert-reservation, mode 0640: a line database_url, if there is one, has a
# password. The secrets (below) need none.
# An environment variable CONCERT_<KEY> overrides the line here. An unknown key or a bad value
# stops the program with exit 78 and says which; concert-cron continues with the last good
# configuration and says so. After a change: systemctl reload concertd (a changed secret: restart).
# Commented lines show the defaults, or an example where there is none.
)";
constexpr std::string_view kReadmeHead = "| key | default | meaning |\n|---|---|---|\n";

// Every line of `text`, which begins with a newline where it is not empty.
template <class Visit>
void for_each_line(std::string_view text, Visit visit) {
  while (!text.empty()) {
    text.remove_prefix(1);
    const std::string_view line = text.substr(0, text.find('\n'));
    visit(line);
    text.remove_prefix(line.size());
  }
}

std::string_view example_value(const Setting& setting) {
  return setting.example.empty() ? setting.fallback : setting.example;
}

std::string comment(std::string_view text) {
  std::string lines;
  for_each_line(text, [&](std::string_view line) { lines += fmt::format("# {}\n", line); });
  return lines;
}

std::string readme_default(const Setting& setting) {
  if (!setting.secret.empty()) return std::string(setting.secret);
  if (setting.fallback.empty()) return "empty";
  return setting.number ? std::string(setting.fallback) : fmt::format("`{}`", setting.fallback);
}

// `line` in roff: nothing of it is an escape, a hyphen or a request.
std::string roff(std::string_view line) {
  std::string text = line.starts_with('.') || line.starts_with('\'') ? "\\&" : "";
  for (const char c : line) {
    if (c == '-') text += '\\';
    text += c == '\\' ? std::string("\\e") : std::string(1, c);
  }
  return text;
}

std::string roff_paragraph(std::string_view help) {
  std::string text;
  for_each_line(help, [&](std::string_view line) {
    const bool stands_alone = line.starts_with(' ');
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    text += fmt::format("{}{}\n", stands_alone ? ".br\n" : "", roff(line));
  });
  return text;
}

std::string roff_bounds(const Setting& setting) {
  if (!setting.number) return "";
  return fmt::format(".br\n{}: {} to {}.\n", setting.key, setting.least, setting.most);
}

std::string manual_settings() {
  std::string text;
  for (const SettingsSection& section : settings_table()) {
    text += fmt::format(".SS {}\n{}", roff(section.title), roff_paragraph(section.help));
    std::string body;  // of the keys that are described together
    for (const Setting& one : section.settings) {
      const bool is_described = !one.help.empty();
      if (is_described) {
        text += body;
        body = roff_paragraph(one.help);
      }
      text += fmt::format("{}\n.B {} = {}\n", is_described ? ".TP" : ".TQ", one.key,
                          roff(example_value(one)));
      body += roff_bounds(one);
    }
    text += body;
  }
  return text;
}

}  // namespace

std::string settings_example() {
  constexpr std::size_t kWidth = 96;
  std::string text = kExampleHead;
  for (const SettingsSection& section : settings_table()) {
    text += fmt::format("\n{:-<{}}\n", fmt::format("# --- {} ", section.title), kWidth);
    if (!section.help.empty()) text += "#\n" + comment(section.help);
    for (const Setting& one : section.settings) {
      if (!one.help.empty()) text += "\n" + comment(one.help);
      text += fmt::format("{}{} = {}\n", one.is_given_by_example ? "" : "#", one.key,
                          example_value(one));
    }
  }
  return text;
}

std::string settings_readme_table() {
  std::string text(kReadmeHead);
  for (const SettingsSection& section : settings_table()) {
    for (const Setting& one : section.settings)
      text += fmt::format("| `{}` | {} | {} |\n", one.key, readme_default(one), one.summary);
  }
  return text;
}

std::string with_readme_table(const std::string& readme) {
  const auto begin = readme.find(kReadmeHead);
  if (begin == std::string::npos) throw std::runtime_error("README has no table of settings");
  const auto end = readme.find("\n\n", begin);
  return readme.substr(0, begin) + settings_readme_table() + readme.substr(end + 1);
}

std::string with_manual_settings(const std::string& page) {
  constexpr std::string_view kPlace = "@SETTINGS@\n";
  const auto place = page.find(kPlace);
  if (place == std::string::npos) throw std::runtime_error("the page has no line @SETTINGS@");
  return page.substr(0, place) + manual_settings() + page.substr(place + kPlace.size());
}

}  // namespace concert
