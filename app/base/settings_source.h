#pragma once

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace concert {

// The configuration is wrong: a line for each mistake, which names the key. Programs exit with 78.
class ConfigurationError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Collects mistakes, so that one run reports all of them.
class Mistakes {
 public:
  void add(const std::string& mistake) { all_.push_back(mistake); }
  // Runs a step of reading the configuration; its ConfigurationError becomes a mistake.
  template <class Step>
  void collect(Step step) {
    try {
      step();
    } catch (const ConfigurationError& error) {
      add(error.what());
    }
  }
  // If there are any, throws ConfigurationError with a line for each of the first ten.
  void throw_if_any() const;

 private:
  std::vector<std::string> all_;
};

// The bytes of a configuration file. Throws ConfigurationError if it cannot be read.
std::string read_configuration(const std::string& file);

// The text of each setting: from an environment variable CONCERT_<KEY>, otherwise from an INI file,
// otherwise the default.
class SettingsSource {
 public:
  // `defaults` is the closed list of keys. Throws ConfigurationError if the file cannot be read.
  SettingsSource(const std::string& file, const std::map<std::string, std::string>& defaults)
      : SettingsSource(file, read_configuration(file), defaults) {}
  // The same with `content` in place of the file's bytes.
  SettingsSource(const std::string& file, const std::string& content,
                 const std::map<std::string, std::string>& defaults);

  // One for each line of the file that is malformed, has an unknown key, or a key for the second
  // time.
  const Mistakes& mistakes() const { return mistakes_; }

  const std::string& text(const std::string& key) const;

  // A whole number from `least` to `most`; fails otherwise.
  std::int64_t number(const std::string& key, std::int64_t least, std::int64_t most) const;

  // One of `words`; fails otherwise.
  std::string word(const std::string& key, const std::vector<std::string>& words) const;

  // Whether the file or the environment gives the key, even an empty value.
  bool is_given(const std::string& key) const { return values_.at(key).is_given; }

  bool is_of_environment(const std::string& key) const;

  // Where the value comes from, for messages: the environment variable, "<file>:<line>", or for a
  // default the file.
  std::string origin(const std::string& key) const;

  // Throws ConfigurationError: the origin, the key, and `what` as the rest of the sentence.
  [[noreturn]] void fail(const std::string& key, const std::string& what) const;

 private:
  struct Value {
    std::string text;
    std::string origin;
    bool is_given = true;
  };
  void take_line(const std::string& line, const std::string& place);
  std::string advice(const std::string& key) const;

  std::map<std::string, Value> values_;
  Mistakes mistakes_;
};

// The path where an administrator puts a secret that no key names: in `secrets` beside the
// configuration file.
std::string secret_home(const std::string& config_file, const std::string& name);

// The path where a program looks for it: in the folder that systemd passes ($CREDENTIALS_DIRECTORY,
// see LoadCredential= in the units), otherwise secret_home().
std::string secret_path(const std::string& config_file, const std::string& name);

// Whether that file exists and has content; for an absent secret the units pass an empty line.
// Throws ConfigurationError if this user may not look into the folder.
bool has_secret(const std::string& path);

// The bytes of a file without one trailing newline. Throws std::runtime_error with the rest of a
// sentence about the file's setting.
std::string read_key_file(const std::string& path);

}  // namespace concert
