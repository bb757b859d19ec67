#pragma once

#include <json/json.h>

#include <memory>
#include <string>
#include <vector>

#include "store/session/session.h"
#include "support/ops_background.h"

namespace concert::test {

struct LoadPlan {
  std::string url;
  std::int64_t concert = 0;  // its newest dates are what the users want
  int clients = 32;
  unsigned seed = 1;
};

// Many users on their way from the queue to a paid seat; some give up. A client repeats each
// unanswered request with the same idempotency key, and records every acknowledged hold, charge and
// payment.
class Load {
 public:
  explicit Load(const LoadPlan& plan);

  // Lets every user finish its current step. The functions below are valid after it.
  void stop();

  // How often each answer came: {"200": 17, "409 SEAT_UNAVAILABLE": 3}
  const Json::Value& answers() const { return report_["answers"]; }
  int count(const std::string& answer) const { return report_["answers"][answer].asInt(); }
  int payments() const { return static_cast<int>(report_["payments"].size()); }
  // Answers that no client should ever get, a few of them.
  std::string surprises() const;
  // How long the slowest answer took.
  std::int64_t longest_ms() const { return report_["longest"].asInt64(); }
  // When the last 5xx came, or no answer, in ms since the epoch; 0 for never.
  std::int64_t last_failure_ms() const { return report_["lastFailure"].asInt64(); }
  std::string summary() const;

  // What was acknowledged and is not in the database exactly once. Empty is good.
  std::string missing_from(Session& database) const;

 private:
  Background background_;
  Json::Value report_;
};

}  // namespace concert::test
