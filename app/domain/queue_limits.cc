#include "domain/queue_limits.h"

#include <algorithm>

namespace concert {
namespace {

std::int64_t interval_ms(const AdmissionRate& rate) { return rate.interval_s * 1000; }

}  // namespace

AdmissionCredit accrued(const AdmissionCredit& credit, const AdmissionRate& rate, Instant now) {
  const std::int64_t whole_ms = interval_ms(rate);
  const std::int64_t most = rate.per_interval * whole_ms;
  if (!credit.at) return {most, now};
  // The fraction of a user that was left over is kept: it admits nobody by itself.
  const std::int64_t fraction = whole_ms - 1;
  const std::int64_t passed_ms = std::clamp<std::int64_t>(now - *credit.at, 0, whole_ms);
  return {std::min(most + fraction, credit.user_ms + rate.per_interval * passed_ms), now};
}

std::int64_t whole_users(const AdmissionCredit& credit, const AdmissionRate& rate) {
  return credit.user_ms / interval_ms(rate);
}

AdmissionCredit spent(const AdmissionCredit& credit, const AdmissionRate& rate,
                      std::int64_t users) {
  return {credit.user_ms - users * interval_ms(rate), credit.at};
}

}  // namespace concert
