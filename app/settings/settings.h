#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "domain/queue_limits.h"
#include "domain/token.h"
#include "store/session/database_url.h"

namespace concert {

enum class IdentityMode { open, jwt };

// What a charge needs: nothing, or a voucher of the payment service; or nobody charges.
enum class ChargingMode { open, voucher, off };

// The word of the setting `charging`.
std::string_view to_text(ChargingMode mode);

// Whether a key that is unreadable or unusable is a mistake. `own`: only where the environment
// names its file; otherwise the key is empty. For a program that works without the keys.
enum class KeyCheck { all, own };

// What the administrator declares to be open on purpose.
struct OpenIsMeant {
  bool identity = false;     // every caller's word is accepted
  bool rate_limits = false;  // nginx has none
  bool plain_http = false;
  bool charging = false;  // points are had for the asking
};

// The configuration that all three programs read.
struct Settings {
  std::int64_t hold_seconds = 0;
  std::int64_t hold_longest_seconds = 0;  // extensions included
  std::int64_t active_seconds = 0;
  std::int64_t waiting_seconds = 0;
  std::int64_t claim_seconds = 0;   // for the first call after an admission; 0: no such limit
  std::int64_t rejoin_seconds = 0;  // within it a user who missed the claim can call again
  std::int64_t visit_seconds = 0;   // of an active token while anybody waits; 0: no such limit
  std::int64_t active_limit = 0;
  std::int64_t total_active_limit = 0;
  std::int64_t admit_per_pass = 0;          // within admit_interval_seconds
  std::int64_t admit_interval_seconds = 0;  // 0: each pass admits admit_per_pass
  std::int64_t holds_per_visit = 0;         // that a user makes within kVisit_minutes
  std::int64_t seat_limit = 0;
  std::int64_t balance_limit = 0;
  std::int64_t dates_cache_seconds = 0;
  std::int64_t keep_reservations_days = 0;  // of reservations that ended without a payment
  std::int64_t workers = 0;
  std::int64_t worker_requests = 0;  // after which a worker is retired; 0: never
  std::string listen_socket;         // opened where systemd passes none
  std::string nginx_answers_log;     // answers that nginx gives by itself; empty: not counted
  bool request_log = true;           // one line per request
  std::int64_t slow_query_ms = 0;    // a statement that takes longer is logged; 0: never
  IdentityMode identity = IdentityMode::open;
  std::string identity_key;
  std::string identity_audience;  // the `aud` that a login must name; empty: any
  std::string identity_issuer;    // the `iss` that a login must have; empty: any
  ChargingMode charging = ChargingMode::open;
  std::string charge_key;              // of the payment service; empty: no voucher is accepted
  std::string charge_audience;         // the `aud` that a voucher must name; empty: any
  std::string ticket_key;              // PEM; empty: no tickets are made
  std::string currency;                // ISO 4217, or POINTS
  std::int64_t currency_decimals = 0;  // of an amount in the currency's unit
  std::string login_url;               // where pages send people to log in; empty: nowhere
  std::string charge_url;              // and to pay for points
  OpenIsMeant open_is_meant;
  std::string site_url;  // this host's site, without a path
  std::string token_key;
  std::string accepted_token_key;  // empty: none
  DatabaseUrl database;
  std::string database_secret;    // the program's own file with the address; empty: none
  std::string memcached_servers;  // empty: nothing is cached

  // The limits of a queue for which an administrator has set none.
  LimitsInForce queue_limits() const {
    return {active_limit, {admit_per_pass, admit_interval_seconds}};
  }

  TokenLife token_life() const {
    return TokenLife(active_seconds, {claim_seconds, rejoin_seconds, visit_seconds});
  }

  // How long a user may be silent without losing a place, whether waiting or active.
  std::int64_t longest_silence_s() const {
    return claim_seconds == 0 ? active_seconds : std::min(active_seconds, claim_seconds);
  }

  // Reads `file` and the environment. Keys and the database's address that neither gives come from
  // secrets (base/settings_source.h): token.key, token-accepted.key, identity.key,
  // charge.key, ticket.key and <program>.database_url. Throws ConfigurationError, a line a mistake.
  static Settings read(const std::string& file, const std::string& program = "");
  // The same with `content` in place of the file's bytes.
  static Settings read_content(const std::string& content, const std::string& file,
                               const std::string& program, KeyCheck check = KeyCheck::all);
};

}  // namespace concert
