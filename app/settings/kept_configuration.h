#pragma once

#include <functional>
#include <string>

#include "base/command_line.h"
#include "settings/settings.h"

namespace concert {

// The folder in which concert-cron keeps what the next pass needs: $STATE_DIRECTORY, which systemd
// gives (StateDirectory=). Empty: there is none, and nothing is kept.
std::string state_directory();
// The same as a person's program finds it: where the environment does not say, that of the unit,
// if `config_file` is the unit's.
std::string state_directory_of(const std::string& config_file);

// The configuration of a job that reads it at each run. A run that finds the file wrong, half saved
// or gone goes on with the copy that the last good run left, so that a typo does not stop the job.
// The copy has no secret: a line `database_url` is taken from the file, if that line is whole and
// valid; otherwise the secret file or the environment gives it, as where there is no such line.
class KeptConfiguration {
 public:
  // How long a changed file must stay as it is before it is believed.
  static void wait_until_settled();

  // `folder` is the state directory; empty: nothing is kept.
  KeptConfiguration(std::string folder, std::string config_file, std::string program)
      : folder_(std::move(folder)), file_(std::move(config_file)), program_(std::move(program)) {}

  // The settings of the file, which it keeps, or those of the copy: then refusal() says why. Throws
  // ConfigurationError where there is no copy, and where the environment or a secret that the
  // program cannot do without is what is wrong. `settle` waits between two looks at a changed file.
  Settings read(const std::function<void()>& settle = wait_until_settled);

  // What is wrong with the file; empty: nothing, its settings are in force.
  const std::string& refusal() const { return refusal_; }

  std::string copy_path() const { return folder_ + "/concert.conf"; }

  // Why the last run in that folder went on with the copy; empty: it did not.
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
};

}  // namespace concert
