#pragma once

#include "http/overload.h"
#include "service/access/guard.h"
#include "service/access/identity.h"
#include "service/access/records_tokens.h"
#include "service/backend.h"
#include "service/points/balances.h"
#include "service/points/payments.h"
#include "service/queue/issue_token.h"
#include "service/queue/leave_queue.h"
#include "service/queue/refresh_token.h"
#include "service/queue/show_queue.h"
#include "service/sale/announcements.h"
#include "service/sale/catalogue.h"
#include "service/sale/reservations.h"
#include "service/sale/tickets.h"

namespace concert {

// All that handlers use, composed once per worker. Nothing of a user stays in it between requests.
struct App {
  App(const Settings& settings, Metrics& counters, std::int64_t cache_timeout_ms = kCacheTimeout_ms)
      : metrics(counters),
        backend(settings, &counters, Session::kTimeout_s, cache_timeout_ms),
        token_text(settings.token_key, settings.accepted_token_key),
        user_in_log(settings.token_key),
        identity(settings) {}

  Metrics& metrics;
  Overload overload;
  Backend backend;
  TokenText token_text;
  UserInLog user_in_log;
  Identity identity;
  Guard guard{backend.db, backend.queue_cache, backend.settings};
  PublishQueue publish_queue{backend.db, backend.queue_cache, backend.settings};
  IssueToken issue_token{{backend.db, backend.queue_cache, backend.settings, token_text, metrics}};
  RefreshToken refresh_token{backend.db, backend.queue_cache, backend.settings, token_text};
  ShowQueue show_queue{backend.db};
  RecordsTokens records_tokens{backend.db, token_text};
  LeaveQueue leave_queue{backend.db, backend.queue_cache, backend.settings, &publish_queue};
  Announcements announcements{backend.db};
  Catalogue catalogue{backend.db, backend.cache, guard, backend.settings};
  Reservations reservations{backend.db, guard, backend.settings, metrics};
  Tickets tickets{reservations, backend.settings};
  Balances balances{backend.db, guard, backend.settings, metrics};
  Payments payments{{backend.db, backend.queue_cache, guard, backend.settings, metrics}};
};

}  // namespace concert
