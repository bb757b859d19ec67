#pragma once

#include <cstdint>
#include <optional>

#include "domain/instant.h"

namespace concert {

// How fast a queue admits. With an `interval_s` of 0 no credit is counted: each pass admits
// `per_interval`.
struct AdmissionRate {
  std::int64_t per_interval = 1;
  std::int64_t interval_s = 0;
};

// How many users a queue may still admit: credit accrues at the rate and is never more than one
// interval's worth. It is kept in users times milliseconds, so that a pass which comes early loses
// no fraction of a user.
struct AdmissionCredit {
  std::int64_t user_ms = 0;
  std::optional<Instant> at;  // as of when; nothing: never counted, which is a whole interval's

  bool operator==(const AdmissionCredit&) const = default;
};

// `credit` with what has accrued until `now`, at most one interval's worth. A clock that was set
// back costs what would have accrued meanwhile, once.
AdmissionCredit accrued(const AdmissionCredit& credit, const AdmissionRate& rate, Instant now);

// How many users may be admitted for it. The rate's interval is not 0.
std::int64_t whole_users(const AdmissionCredit& credit, const AdmissionRate& rate);

// `credit` once `users` have been admitted for it.
AdmissionCredit spent(const AdmissionCredit& credit, const AdmissionRate& rate, std::int64_t users);

}  // namespace concert
