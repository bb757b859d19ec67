#pragma once

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace concert {

// What is wrong with the configuration, in a line for each mistake, which names the key. Programs
// exit 78 on it.
class ConfigurationError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// All that is wrong, so that an administrator need not mend one mistake to hear of the next.
class Mistakes {
 public:
  void add(const std::string& mistake) { all_.push_back(mistake); }
  // Runs a step of reading the configuration; a ConfigurationError of it becomes a mistake.
  template <class Step>
  void collect(Step step) {
    try {
      step();
    } catch (const ConfigurationError& error) {
      add(error.what());
    }
  }
  // Throws ConfigurationError, if there are any, with a line for each of the first ten.
  void throw_if_any() const;

 private:
  std::vector<std::string> all_;
};

// The bytes of a configuration file. One that cannot be read is a ConfigurationError.
std::string read_configuration(const std::string& file);

// The text of each setting: an INI file, beaten by environment variables CONCERT_<KEY>.
class SettingsSource {
 public:
  // `defaults` is the closed list of keys. A file that cannot be read is a ConfigurationError.
  SettingsSource(const std::string& file, const std::map<std::string, std::string>& defaults)
      : SettingsSource(file, read_configuration(file), defaults) {}
  // The same with `content` in place of what `file` has.
  SettingsSource(const std::string& file, const std::string& content,
                 const std::map<std::string, std::string>& defaults);

  // The file's lines that say nothing, an unknown key, or a key for the second time.
  const Mistakes& mistakes() const { return mistakes_; }

  const std::string& text(const std::string& key) const;

  // A whole number within `least` and `most`.
  std::int64_t number(const std::string& key, std::int64_t least, std::int64_t most) const;

  // One of `words`.
  std::string word(const std::string& key, const std::vector<std::string>& words) const;

  // Whether the file or the environment gives the key, be it empty.
  bool is_given(const std::string& key) const { return values_.at(key).is_given; }

  bool is_of_environment(const std::string& key) const;

  // Where the value comes from, or could be given, for messages: the environment variable,
  // "<file>:<line>" or the file.
  std::string origin(const std::string& key) const;

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

// Where an administrator puts a secret that no key names: in `secrets` beside the configuration
// file.
std::string secret_home(const std::string& config_file, const std::string& name);

// Where it is looked for: in the folder that systemd hands over ($CREDENTIALS_DIRECTORY, see
// LoadCredential= in the units), otherwise in its home.
std::string secret_path(const std::string& config_file, const std::string& name);

// Whether that file is there and has anything in it: the units hand over an empty line for what is
// absent. A folder that this user may not look into is a ConfigurationError.
bool has_secret(const std::string& path);

// The bytes of a file less one trailing newline. Throws std::runtime_error with the rest of a
// sentence about what it holds.
std::string read_key_file(const std::string& path);

}  // namespace concert
