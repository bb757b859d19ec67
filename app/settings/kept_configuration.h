#pragma once

#include <functional>
#include <string>

#include "settings/settings.h"

namespace concert {

// The folder in which concert-cron keeps what the next pass needs: systemd's $STATE_DIRECTORY
// (StateDirectory=). Empty: nothing is kept.
std::string state_directory();
// The same for a program that an administrator runs: without the variable it is the unit's folder,
// if `config_file` is the unit's.
std::string state_directory_of(const std::string& config_file);

// The configuration of a job that reads it at each run. If the file is wrong, half saved or
// missing, the run uses the copy that the last good run left, so that a typo does not stop the job.
// The copy has no secret: a line `database_url` is taken from the file, if that line is complete
// and valid; otherwise the secret file or the environment gives it, as it does without such a line.
class KeptConfiguration {
 public:
  // Waits as long as a changed file must stay unchanged before it is used.
  static void wait_until_settled();

  // `folder` is the state directory; empty: nothing is kept.
  KeptConfiguration(std::string folder, std::string config_file, std::string program)
      : folder_(std::move(folder)), file_(std::move(config_file)), program_(std::move(program)) {}

  // Returns the settings of the file, and keeps them, or those of the copy: then refusal() says
  // why. Throws ConfigurationError if there is no copy, or if the environment or a secret that the
  // program needs is wrong. `settle` waits between two readings of a changed file.
  Settings read(const std::function<void()>& settle = wait_until_settled);

  // What is wrong with the file; empty: its settings are in force.
  const std::string& refusal() const { return refusal_; }
  // Whether the file was refused only because it looks half saved: another program takes it as it
  // is.
  bool looks_half_saved() const { return looks_half_saved_; }

  std::string copy_path() const { return folder_ + "/concert.conf"; }

  // Why the last run in that folder used the copy; empty: it did not.
  static std::string last_refusal(const std::string& folder);

 private:
  Settings read_file_or_copy(const std::function<void()>& settle);
  Settings read_file_or_throw(const std::string& copy, const std::function<void()>& settle);
  Settings settings_of(const std::string& copy) const;
  Settings go_on_with(const std::string& copy);

  std::string folder_;
  std::string file_;
  std::string program_;
  std::string refusal_;
  bool looks_half_saved_ = false;
};

}  // namespace concert
