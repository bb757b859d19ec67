#pragma once

#include <cstdint>
#include <string>

#include "domain/queue_limits.h"
#include "store/session/database_url.h"

namespace concert {

enum class IdentityMode { open, jwt };

// Whether a key that cannot be read, or that is of no use, is a mistake. `own`: only where the
// environment names its file, for a program that can do without; the key is empty then.
enum class KeyCheck { all, own };

// What of an open installation its administrator says is meant.
struct OpenIsMeant {
  bool identity = false;     // everybody's word is taken
  bool rate_limits = false;  // nginx has none
  bool plain_http = false;
};

// The configuration that all three programs read.
struct Settings {
  std::int64_t hold_seconds = 0;
  std::int64_t active_seconds = 0;
  std::int64_t waiting_seconds = 0;
  std::int64_t active_limit = 0;
  std::int64_t admit_per_pass = 0;          // within admit_interval_seconds
  std::int64_t admit_interval_seconds = 0;  // 0: each pass admits admit_per_pass
  std::int64_t seat_limit = 0;
  std::int64_t balance_limit = 0;
  std::int64_t dates_cache_seconds = 0;
  std::int64_t keep_reservations_days = 0;  // that ended without a payment
  std::int64_t workers = 0;
  std::int64_t worker_requests = 0;  // after which a worker is retired; 0: never
  std::string listen_socket;         // opened where systemd hands none
  std::string nginx_answers_log;     // of the answers that nginx gives by itself; empty: none
  bool request_log = true;           // one line per request
  std::int64_t slow_query_ms = 0;    // a statement that takes longer is logged; 0: none is
  IdentityMode identity = IdentityMode::open;
  std::string identity_key;
  std::string identity_audience;  // that a login must name; empty: any
  std::string identity_issuer;    // the same
  OpenIsMeant open_is_meant;
  std::string site_url;  // of the site on this host, without a path
  std::string token_key;
  std::string accepted_token_key;  // empty: none
  DatabaseUrl database;
  std::string database_secret;    // the program's own file that names it; empty: none
  std::string memcached_servers;  // may be empty: nothing is cached

  // The limits of a queue for which an administrator has set none.
  LimitsInForce queue_limits() const {
    return {active_limit, {admit_per_pass, admit_interval_seconds}};
  }

  // Reads `file` and the environment. Keys and the database's address that neither names come from
  // secrets (base/settings_source.h): token.key, token-accepted.key, identity.key and, for the
  // program that is named, <program>.database_url. Throws ConfigurationError, one line that names
  // the key.
  static Settings read(const std::string& file, const std::string& program = "");
  // The same with `content` in place of what `file` has.
  static Settings read_content(const std::string& content, const std::string& file,
                               const std::string& program, KeyCheck check = KeyCheck::all);
};

}  // namespace concert
