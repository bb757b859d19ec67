#include "base/settings_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <numeric>
#include <sstream>

#include "base/input_output.h"
#include "base/parse_number.h"
#include "base/wording.h"

namespace concert {
namespace {

namespace po = boost::program_options;

std::string environment_name(const std::string& key) {
  std::string name = "CONCERT_";
  for (const char c : key) name += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

// The only part of a faulty line that may be shown: the rest may be a secret.
std::string first_word(const std::string& line) {
  const auto begin = std::min(line.find_first_not_of(" \t"), line.size());
  return line.substr(begin, line.find_first_of(" \t=:", begin) - begin);
}

// The number of letters to change, add or remove to turn `a` into `b`.
std::size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({changed, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

[[noreturn]] void fail_line(const std::string& line, const std::string& place) {
  throw ConfigurationError(fmt::format("{}: the line `{}...` does not read `key = value`.", place,
                                       excerpt_of(first_word(line))));
}

constexpr char kEnvironment[] = "environment";

}  // namespace

std::string read_configuration(const std::string& file) {
  try {
    return read_file(file);
  } catch (const std::runtime_error& error) {
    throw ConfigurationError(
        fmt::format("cannot read the configuration file {}: {}. Name another with --config FILE.",
                    excerpt_of(file), error.what()));
  }
}

void Mistakes::throw_if_any() const {
  if (all_.empty()) return;
  std::string text;
  for (std::size_t i = 0; i < std::min(all_.size(), kNamedOfList); ++i)
    text += (i == 0 ? "" : "\n") + all_[i];
  if (all_.size() > kNamedOfList) text += fmt::format("\nand {} more.", all_.size() - kNamedOfList);
  throw ConfigurationError(text);
}

SettingsSource::SettingsSource(const std::string& file, const std::string& content,
                               const std::map<std::string, std::string>& defaults) {
  for (const auto& [key, text] : defaults) values_[key] = {text, file, false};
  std::istringstream in(content);
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    const std::string place = fmt::format("{}:{}", file, ++number);
    mistakes_.collect([&] { take_line(line, place); });
  }
  for (auto& [key, value] : values_) {
    if (const char* given = std::getenv(environment_name(key).c_str()))
      value = {given, kEnvironment, true};
  }
}

// Parses each line by itself, so that a mistake can name it.
void SettingsSource::take_line(const std::string& line, const std::string& place) {
  const auto begin = line.find_first_not_of(" \t\r");
  if (begin == std::string::npos || line[begin] == '#' || line[begin] == ';') return;
  po::basic_parsed_options<char> parsed(nullptr);
  std::istringstream text(line);
  try {
    parsed = po::parse_config_file(text, po::options_description(), true);
  } catch (const po::error&) {
    fail_line(line, place);
  }
  if (parsed.options.empty() && first_word(line).rfind('[', 0) == 0) fail_line(line, place);
  for (const auto& option : parsed.options) {
    const auto known = values_.find(option.string_key);
    if (known == values_.end()) {
      const std::string key = first_word(option.string_key);
      if (key != option.string_key) fail_line(line, place);
      throw ConfigurationError(
          fmt::format("{}: unknown key `{}`. {}", place, excerpt_of(key), advice(key)));
    }
    if (known->second.is_given) {
      throw ConfigurationError(fmt::format("{}: `{}` is given twice, first at {}. Keep one.", place,
                                           option.string_key, known->second.origin));
    }
    known->second = {option.value.empty() ? "" : option.value.front(), place, true};
  }
}

// What to do about an unknown key.
std::string SettingsSource::advice(const std::string& key) const {
  constexpr std::size_t kSimilar = 3;
  constexpr std::size_t kLongest = 40;  // of any key
  if (key.size() > kLongest) return "Remove it.";
  std::size_t least = kSimilar + 1;
  const std::string* nearest = nullptr;
  for (const auto& [known, value] : values_) {
    const std::size_t now = distance(key, known);
    if (now >= least) continue;
    least = now;
    nearest = &known;
  }
  return nearest ? fmt::format("Did you mean `{}`?", *nearest) : "Remove it.";
}

const std::string& SettingsSource::text(const std::string& key) const {
  return values_.at(key).text;
}

bool SettingsSource::is_of_environment(const std::string& key) const {
  return values_.at(key).origin == kEnvironment;
}

std::string SettingsSource::origin(const std::string& key) const {
  if (is_of_environment(key)) return "environment variable " + environment_name(key);
  return values_.at(key).origin;
}

void SettingsSource::fail(const std::string& key, const std::string& what) const {
  throw ConfigurationError(fmt::format("{}: `{}` {}", origin(key), key, what));
}

std::int64_t SettingsSource::number(const std::string& key, std::int64_t least,
                                    std::int64_t most) const {
  const std::string& given = text(key);
  const auto value = parse_number<std::int64_t>(given, least, most);
  if (!value)
    fail(key, fmt::format("must be a whole number from {} to {}, not `{}`.", least, most,
                          excerpt_of(given)));
  return *value;
}

std::string SettingsSource::word(const std::string& key,
                                 const std::vector<std::string>& words) const {
  const std::string& given = text(key);
  if (std::find(words.begin(), words.end(), given) == words.end()) {
    fail(key,
         fmt::format("must be one of: {}; not `{}`.", fmt::join(words, ", "), excerpt_of(given)));
  }
  return given;
}

std::string secret_home(const std::string& config_file, const std::string& name) {
  return (std::filesystem::path(config_file).parent_path() / "secrets" / name).string();
}

std::string secret_path(const std::string& config_file, const std::string& name) {
  const char* const handed_over = std::getenv("CREDENTIALS_DIRECTORY");
  if (handed_over == nullptr) return secret_home(config_file, name);
  return (std::filesystem::path(handed_over) / name).string();
}

bool has_secret(const std::string& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  // A pipe or a folder is read, and refused with the reason, not taken for absent.
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) return true;
  const auto size = std::filesystem::file_size(path, error);
  if (!error) return size > 1;
  if (error == std::errc::permission_denied) {
    throw ConfigurationError(
        fmt::format("cannot look for the secret {}: {}. Run this as root.", path, error.message()));
  }
  return false;
}

std::string read_key_file(const std::string& path) {
  std::string content;
  try {
    content = read_file(path);
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(
        fmt::format("cannot be read from {}: {}. Check that it exists and that this user may read "
                    "it.",
                    excerpt_of(path), error.what()));
  }
  if (!content.empty() && content.back() == '\n') content.pop_back();
  return content;
}

}  // namespace concert
