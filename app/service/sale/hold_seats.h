#pragma once

#include <functional>
#include <optional>

#include "service/access/guard.h"
#include "service/points/idempotent.h"

namespace concert {

struct HoldRequest {
  DateId date;
  SeatNumbers seats;  // at least one, ascending, none twice
  std::optional<IdempotencyKey> key;
  const char* seats_field = "seatNumbers";  // the member that the seats came in
};

// Holds every seat asked for, or none.
class HoldSeats {
 public:
  using Render = std::function<std::string(const Reservation&)>;

  HoldSeats(Backend& backend, Guard& guard) : backend_(backend), guard_(guard) {}

  // Returns the answer, as `render` wrote it for this hold or for the one that the key stands for.
  // Refuses: token_expired, token_waiting, idempotency_key_reused, date_not_found, seat_invalid,
  // date_closed, seat_limit, seat_unavailable.
  StoredAnswer run(const TokenClaims& claims, const HoldRequest& request, const Render& render);

 private:
  // `made` is what an earlier attempt may have made, and becomes what this one makes.
  StoredAnswer attempt(const TokenClaims& claims, const HoldRequest& request, const Render& render,
                       std::optional<Reservation>& made);
  bool is_there(const Reservation& made);
  HoldOutlook look(const TokenClaims& claims, const HoldRequest& request);
  void require_holdable(const HoldOutlook& outlook, const HoldRequest& request) const;
  Reservation hold(const UserId& user, const HoldRequest& request, const std::vector<Seat>& seats,
                   bool lock_first);

  Backend& backend_;
  Guard& guard_;
};

}  // namespace concert
