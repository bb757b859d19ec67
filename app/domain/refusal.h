#pragma once

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "domain/seat.h"

namespace concert {

// Every "no" that a client can hear from the application, in order of precedence: where several
// fit, the first is given.
enum class Reason {
  // the way of asking
  not_found,
  method_not_allowed,
  // who asks
  identity_required,
  token_required,
  token_invalid,
  token_expired,
  token_waiting,
  not_yours,
  // the form of what is asked
  media_type,
  body_too_large,
  malformed_json,
  idempotency_key_invalid,
  field_invalid,
  amount_invalid,
  seat_invalid,
  idempotency_key_reused,
  // the matter itself
  concert_not_found,
  date_not_found,
  reservation_not_found,
  payment_not_found,
  date_closed,
  seat_limit,
  seat_unavailable,
  already_paid,
  hold_expired,
  insufficient_balance,
  balance_limit,
};

// An expected "no". `what()` is a sentence for the client, free of internals.
class Refusal : public std::runtime_error {
 public:
  Refusal(Reason reason, const std::string& detail) : std::runtime_error(detail), reason_(reason) {}

  Reason reason() const { return reason_; }

  // The input field that is at fault, for field_invalid and its more exact kin; else empty.
  const std::string& field() const { return field_; }
  Refusal&& with_field(std::string field) && {
    field_ = std::move(field);
    return std::move(*this);
  }

  // The seats not to be had, for seat_unavailable.
  const std::vector<Seat>& seats() const { return seats_; }
  Refusal&& with_seats(std::vector<Seat> seats) && {
    seats_ = std::move(seats);
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
  std::string allow_;
};

}  // namespace concert
