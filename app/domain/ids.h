#pragma once

#include <compare>
#include <cstdint>

namespace concert {

// The largest integer that every JSON reader keeps exactly (2^53 - 1). The API takes and gives none
// that is larger.
inline constexpr std::int64_t kMaxExactInteger = 9'007'199'254'740'991;

// A database id, from 1 to kMaxId. Ids of different things do not mix.
template <class Tag>
struct Id {
  std::int64_t value = 0;
  auto operator<=>(const Id&) const = default;
};

inline constexpr std::int64_t kMaxId = kMaxExactInteger;

using ConcertId = Id<struct ConcertTag>;
using DateId = Id<struct DateTag>;
using ReservationId = Id<struct ReservationTag>;
using PaymentId = Id<struct PaymentTag>;
using TokenId = Id<struct TokenTag>;
using QueueId = Id<struct QueueTag>;
// Numbers a user's own ledger entries from 1 without gaps.
using EntryNo = Id<struct EntryTag>;

// The one queue that exists today; every table of the queue is keyed by it.
inline constexpr QueueId kMainQueue{1};

// A payment has its reservation's number: one payment per reservation, by key.
inline PaymentId payment_of(ReservationId reservation) { return PaymentId{reservation.value}; }
inline ReservationId reservation_of(PaymentId payment) { return ReservationId{payment.value}; }

}  // namespace concert
