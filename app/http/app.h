#pragma once

#include "http/overload.h"
#include "service/access/guard.h"
#include "service/access/identity.h"
#include "service/access/own_records.h"
#include "service/access/user_in_log.h"
#include "service/backend.h"
#include "service/points/charge.h"
#include "service/points/pay.h"
#include "service/points/show_balance.h"
#include "service/queue/expire_tokens.h"
#include "service/queue/issue_token.h"
#include "service/queue/leave_queue.h"
#include "service/queue/refresh_token.h"
#include "service/queue/standing.h"
#include "service/sale/hold_seats.h"
#include "service/sale/list_dates.h"
#include "service/sale/list_seats.h"
#include "service/sale/release_hold.h"

namespace concert {

// All that handlers use, composed once per worker. Nothing of a user stays in it between requests.
struct App {
  App(const Settings& settings, Metrics& counters,
      std::int64_t cache_patience_ms = kCachePatience_ms)
      : metrics(counters),
        backend(settings, &counters, Session::kPatience_s, cache_patience_ms),
        token_text(settings.token_key, settings.accepted_token_key),
        user_in_log(settings.token_key),
        identity(settings) {}

  Metrics& metrics;
  Overload overload;
  Backend backend;
  TokenText token_text;
  UserInLog user_in_log;
  Identity identity;
  Guard guard{backend};
  Standing standing{backend, token_text};
  ExpireTokens expire_tokens{backend};
  IssueToken issue_token{backend, guard, standing, expire_tokens};
  RefreshToken refresh_token{backend, guard, standing};
  LeaveQueue leave_queue{backend, guard, standing};
  ListDates list_dates{backend, guard};
  ListSeats list_seats{backend, guard};
  HoldSeats hold_seats{backend, guard};
  ReleaseHold release_hold{backend, guard};
  OwnRecords own_records{backend, guard};
  ShowBalance show_balance{backend, guard};
  Charge charge{backend, guard};
  Pay pay{backend, guard};
};

}  // namespace concert
