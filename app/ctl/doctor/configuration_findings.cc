#include "ctl/doctor/configuration_findings.h"

#include <fmt/format.h>

#include "settings/kept_configuration.h"

namespace concert {

std::string told_of_kept_configuration(const std::string& config_file) {
  const std::string refusal = KeptConfiguration::last_refusal(state_directory_of(config_file));
  if (refusal.empty()) return "";
  return fmt::format(
      "the last pass of concert-cron went on with its copy of the last good configuration, for it "
      "found: {} Mend that; the next pass takes the file again.",
      refusal);
}

std::vector<Finding> look_at_configuration(const std::string& config_file) {
  std::vector<Finding> findings{{"configuration", true, "complete."}};
  const std::string kept = told_of_kept_configuration(config_file);
  if (!kept.empty()) findings.push_back({"concert-cron", false, kept});
  return findings;
}

}  // namespace concert
