#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "domain/instant.h"

namespace concert {

// How fast a queue admits. With an `interval_s` of 0 no credit is counted: each pass admits
// `per_interval`.
struct AdmissionRate {
  std::int64_t per_interval = 1;
  std::int64_t interval_s = 0;

  bool counts_credit() const { return interval_s != 0; }
};

// The limits that a queue keeps at this moment.
struct LimitsInForce {
  std::int64_t active_limit = 1;
  AdmissionRate rate;
};

// How many more users may be active in a queue that has `active`. `share` is the queue's of
// total_active_limit; nothing: there is no total.
inline std::int64_t room_for_active(const LimitsInForce& limits,
                                    const std::optional<std::int64_t>& share, std::int64_t active) {
  const std::int64_t most = std::min(limits.active_limit, share.value_or(limits.active_limit));
  return std::max<std::int64_t>(0, most - active);
}

// What an administrator set for a queue. A member without a value leaves the configuration file's
// in force.
struct QueueLimits {
  std::optional<std::int64_t> active_limit;
  std::optional<std::int64_t> admit_per_pass;

  // What is in force, given what the file says. No other code combines the two, but for the
  // statements that change the queue's row: they say COALESCE(active_limit, <the file's>).
  LimitsInForce in_force(const LimitsInForce& file) const {
    return {active_limit.value_or(file.active_limit),
            {admit_per_pass.value_or(file.rate.per_interval), file.rate.interval_s}};
  }

  bool operator==(const QueueLimits&) const = default;
};

// How many users a queue may still admit: credit accrues at the rate and is never more than one
// interval's worth. It is kept in users times milliseconds, so that a pass which comes early loses
// no fraction of a user.
struct AdmissionCredit {
  std::int64_t user_ms = 0;
  std::optional<Instant> at;  // as of when; nothing: never counted, which is a whole interval's

  bool operator==(const AdmissionCredit&) const = default;
};

// `credit` with what has accrued until `now`, at most one interval's worth. If the clock was set
// back, what would have accrued meanwhile is lost, once.
AdmissionCredit accrued(const AdmissionCredit& credit, const AdmissionRate& rate, Instant now);

// How many users the credit admits. The rate counts credit.
std::int64_t whole_users(const AdmissionCredit& credit, const AdmissionRate& rate);

// `credit` once it has admitted `users`.
AdmissionCredit spent(const AdmissionCredit& credit, const AdmissionRate& rate, std::int64_t users);

}  // namespace concert
