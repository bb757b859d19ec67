#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "domain/ids.h"
#include "domain/instant.h"
#include "domain/seat.h"

namespace concert {

// Every reason for which the application refuses a request, in order of precedence: where several
// apply, the first is given.
enum class Reason {
  // the path and the method
  not_found,
  method_not_allowed,
  // the user and the token
  identity_required,
  token_required,
  token_invalid,
  token_expired,
  token_waiting,
  token_records_only,
  not_yours,
  // the form of the request
  media_type,
  body_too_large,
  malformed_json,
  idempotency_key_invalid,
  field_invalid,
  amount_invalid,
  seat_invalid,
  idempotency_key_reused,
  // what a charge needs
  charging_off,
  voucher_invalid,
  // what is asked for
  queue_not_found,
  concert_not_found,
  not_yet_open,
  date_not_found,
  wrong_queue,
  reservation_not_found,
  payment_not_found,
  tickets_unavailable,
  date_cancelled,
  not_on_sale,
  date_closed,
  hold_limit,
  seat_limit,
  seat_unavailable,
  not_together,
  already_paid,
  hold_expired,
  extension_limit,
  other_holds,
  insufficient_balance,
  balance_limit,
};

// An expected refusal. `what()` is a sentence for the client, free of internals.
class Refusal : public std::runtime_error {
 public:
  Refusal(Reason reason, const std::string& detail) : std::runtime_error(detail), reason_(reason) {}

  Reason reason() const { return reason_; }

  // The input field at fault, for field_invalid and the reasons that name a field more exactly;
  // else empty.
  const std::string& field() const { return field_; }
  Refusal&& with_field(std::string field) && {
    field_ = std::move(field);
    return std::move(*this);
  }

  // The seats asked for that are not available, for seat_unavailable; none if no seat was named.
  const std::vector<Seat>& seats() const { return seats_; }
  Refusal&& with_seats(std::vector<Seat> seats) && {
    seats_ = std::move(seats);
    return std::move(*this);
  }

  // How many seats side by side there are, for not_together.
  const std::optional<SeatNumber>& largest() const { return largest_; }
  Refusal&& with_largest(SeatNumber largest) && {
    largest_ = largest;
    return std::move(*this);
  }

  // The payments of all of the user's live holds in the token's queue, ascending, for other_holds.
  const std::vector<PaymentId>& payments() const { return payments_; }
  Refusal&& with_payments(std::vector<PaymentId> payments) && {
    payments_ = std::move(payments);
    return std::move(*this);
  }

  // The queue whose tokens open what was asked for, for wrong_queue.
  const std::optional<QueueId>& queue() const { return queue_; }
  Refusal&& with_queue(QueueId queue) && {
    queue_ = queue;
    return std::move(*this);
  }

  // When the sale begins, for not_on_sale.
  const std::optional<Instant>& on_sale_at() const { return on_sale_at_; }
  Refusal&& with_on_sale_at(Instant at) && {
    on_sale_at_ = at;
    return std::move(*this);
  }

  // From when on users may register, and when the queue opens, for not_yet_open.
  const std::optional<std::pair<Instant, Instant>>& opening() const { return opening_; }
  Refusal&& with_opening(Instant register_from, Instant opens_at) && {
    opening_.emplace(register_from, opens_at);
    return std::move(*this);
  }

  // The methods that the path has, for method_not_allowed.
  const std::string& allow() const { return allow_; }
  Refusal&& with_allow(std::string allow) && {
    allow_ = std::move(allow);
    return std::move(*this);
  }

 private:
  Reason reason_;
  std::string field_;
  std::vector<Seat> seats_;
  std::optional<SeatNumber> largest_;
  std::vector<PaymentId> payments_;
  std::optional<QueueId> queue_;
  std::optional<Instant> on_sale_at_;
  std::optional<std::pair<Instant, Instant>> opening_;
  std::string allow_;
};

}  // namespace concert
