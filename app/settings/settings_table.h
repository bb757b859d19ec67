#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "settings/settings.h"

namespace concert {

// One key of concert.conf. Settings::read() takes its default and its bounds from here; the
// commented example, README's table and concert.conf(5) are made of the rest.
struct Setting {
  std::string_view key;
  // What holds where neither the file nor the environment gives the key.
  std::string_view fallback{};

  // Where the value goes: a whole number from `least` to `most`, or a text that is accepted as it
  // is. Neither: settings.cc reads it in a way of its own.
  std::int64_t Settings::*number = nullptr;
  std::int64_t least = 0;
  std::int64_t most = 0;
  std::string Settings::*text = nullptr;
  // The only values, if there are any.
  std::vector<std::string> words{};

  // What the line of the example gives in place of the default.
  std::string_view example{};
  // Whether that line is in force, or a comment.
  bool is_given_by_example = false;
  // The secret that is used where no line gives the key, in Markdown.
  std::string_view secret{};
  // What README's table says, in Markdown.
  std::string_view summary{};
  // What the example and the manual say: lines of at most 96 characters; an indented one stands by
  // itself. Empty: the text of the key before is about this one too.
  std::string_view help{};
};

// Keys about the same thing, in the order in which people read of them.
struct SettingsSection {
  std::string_view title;
  std::string_view help{};
  std::vector<Setting> settings;
};

const std::vector<SettingsSection>& settings_table();

// Bounds that many rows have: a day in seconds, and more than any count.
inline constexpr std::int64_t kDay_s = 24LL * 3600;
inline constexpr std::int64_t kMany = 1'000'000'000;

// The part of the table about the sale: the queue, seats and points, users, money, tickets, pages.
std::vector<SettingsSection> sale_settings();

// The row of `key`. Throws std::out_of_range if there is none.
const Setting& setting(std::string_view key);

// The documents that are made of the settings table. tools/settings_documents writes them; a test
// compares those of the repository with these.

// The whole of concert.conf.example: every key with its text, as a comment that shows the default.
std::string settings_example();

// README's table in Markdown.
std::string settings_readme_table();

// `readme` with that table in place of the one that it has. Throws std::runtime_error if it has
// none.
std::string with_readme_table(const std::string& readme);

// The page concert.conf(5): `page` with all settings in place of its line @SETTINGS@. Throws
// std::runtime_error if it has no such line.
std::string with_manual_settings(const std::string& page);

}  // namespace concert
