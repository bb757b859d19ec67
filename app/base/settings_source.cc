#include "base/settings_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace concert {
namespace {

namespace po = boost::program_options;

std::string environment_name(const std::string& key) {
  std::string name = "CONCERT_";
  for (const char c : key) name += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

// All of a faulty line that may be shown: the rest of it may be a secret.
std::string first_word(const std::string& line) {
  return line.substr(0, line.find_first_of(" \t=:"));
}

po::basic_parsed_options<char> parse_file(const std::string& file,
                                          const po::options_description& known) {
  std::ifstream in(file);
  if (!in) {
    throw ConfigurationError(
        fmt::format("cannot read the configuration file {}: {}. Name another with --config FILE.",
                    file, std::strerror(errno)));
  }
  try {
    return po::parse_config_file(in, known);
  } catch (const po::unknown_option& error) {
    throw ConfigurationError(fmt::format("{}: unknown key `{}`. Remove it or correct its spelling.",
                                         file, first_word(error.get_option_name())));
  } catch (const po::invalid_config_file_syntax& error) {
    throw ConfigurationError(fmt::format("{}: the line `{}...` does not read `key = value`.", file,
                                         first_word(error.tokens())));
  } catch (const po::error& error) {
    throw ConfigurationError(fmt::format("{}: {}", file, error.what()));
  }
}

}  // namespace

SettingsSource::SettingsSource(const std::string& file,
                               const std::map<std::string, std::string>& defaults) {
  po::options_description known;
  for (const auto& [key, text] : defaults) {
    known.add_options()(key.c_str(), po::value<std::string>());
    values_[key] = {text, "default"};
  }
  for (const auto& option : parse_file(file, known).options) {
    Value& value = values_.at(option.string_key);
    if (value.origin == file) {
      throw ConfigurationError(
          fmt::format("{}: `{}` is given twice. Keep one.", file, option.string_key));
    }
    value = {option.value.empty() ? "" : option.value.front(), file};
  }
  for (auto& [key, value] : values_) {
    if (const char* given = std::getenv(environment_name(key).c_str()))
      value = {given, "environment"};
  }
}

const std::string& SettingsSource::text(const std::string& key) const {
  return values_.at(key).text;
}

std::string SettingsSource::origin(const std::string& key) const {
  const std::string& origin = values_.at(key).origin;
  return origin == "environment" ? "environment variable " + environment_name(key) : origin;
}

void SettingsSource::fail(const std::string& key, const std::string& what) const {
  throw ConfigurationError(fmt::format("{}: `{}` {}", origin(key), key, what));
}

std::int64_t SettingsSource::number(const std::string& key, std::int64_t least,
                                    std::int64_t most) const {
  const std::string& given = text(key);
  std::int64_t value = 0;
  const char* const end = given.data() + given.size();
  const auto result = std::from_chars(given.data(), end, value);
  if (result.ec != std::errc() || result.ptr != end || value < least || value > most) {
    fail(key, fmt::format("must be a whole number from {} to {}, not `{}`.", least, most, given));
  }
  return value;
}

std::string SettingsSource::word(const std::string& key,
                                 const std::vector<std::string>& words) const {
  const std::string& given = text(key);
  if (std::find(words.begin(), words.end(), given) == words.end()) {
    fail(key, fmt::format("must be one of: {}; not `{}`.", fmt::join(words, ", "), given));
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
  const auto size = std::filesystem::file_size(path, error);
  if (!error) return size > 1;
  if (error == std::errc::permission_denied) {
    throw ConfigurationError(
        fmt::format("cannot look for the secret {}: {}. Run this as root.", path, error.message()));
  }
  return false;
}

std::string read_key_file(const std::string& path, const std::string& key) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream bytes;
  // Copying nothing would count as a failure, too.
  if (!in || (in.peek() != std::ifstream::traits_type::eof() && !(bytes << in.rdbuf())) ||
      in.bad()) {
    throw ConfigurationError(
        fmt::format("`{}`: cannot read {}: {}. Check that it exists and that this user "
                    "may read it.",
                    key, path, std::strerror(errno)));
  }
  std::string content = bytes.str();
  if (!content.empty() && content.back() == '\n') content.pop_back();
  return content;
}

}  // namespace concert
