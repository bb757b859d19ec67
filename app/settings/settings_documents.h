#pragma once

#include <string>

namespace concert {

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
