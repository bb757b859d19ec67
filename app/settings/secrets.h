#pragma once

#include <stdexcept>
#include <string>

#include "base/settings_source.h"
#include "base/wording.h"
#include "settings/settings.h"

namespace concert {

// Reads settings whose value, or whose file, may be a secret that no key names.
struct Secrets {
  const SettingsSource& source;
  std::string config_file;

  std::string path(const std::string& name) const { return secret_path(config_file, name); }
  std::string home(const std::string& name) const { return secret_home(config_file, name); }
  // The path of file() as the administrator sees it.
  std::string shown(const std::string& setting, const std::string& name) const {
    return source.is_given(setting) ? excerpt_of(source.text(setting)) : home(name);
  }
  // The file that `setting` names, otherwise that of the secret; empty where there is neither.
  std::string file(const std::string& setting, const std::string& name) const {
    if (source.is_given(setting)) return source.text(setting);
    return has_secret(path(name)) ? path(name) : "";
  }
  // The same for an optional file: empty for a user that may not look into root's folder.
  std::string optional_file(const std::string& setting, const std::string& name) const {
    try {
      return file(setting, name);
    } catch (const ConfigurationError&) {
      return "";
    }
  }
  // The bytes of that file; a failure is a mistake of `setting`.
  std::string read(const std::string& setting, const std::string& file) const {
    try {
      return read_key_file(file);
    } catch (const std::runtime_error& error) {
      source.fail(setting, error.what());
    }
  }
};

// Reads every key into `settings`, and adds what is wrong with one to `mistakes`: that it is
// missing where it is needed, unreadable, unusable, or the same as one with another purpose.
void read_keys(const Secrets& secrets, KeyCheck check, Settings& settings, Mistakes& mistakes);

}  // namespace concert
