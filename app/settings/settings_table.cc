#include "settings/settings_table.h"

#include <stdexcept>
#include <utility>

namespace concert {
namespace {

constexpr std::int64_t kMinute_ms = 60'000;

SettingsSection secrets() {
  return {
      .title = "Secrets",
      .help = R"(
They need no line here: concert-setup makes them in /etc/concert-reservation/secrets, which only
root may read, and systemd passes each service its own. A changed secret takes `systemctl restart
concertd`, which loses no request. A line here overrides the secret.)",
      .settings = {
          {.key = "database_url",
           .example = "mysql://concert:CHANGE-ME@/concert?socket=/run/mysqld/mysqld.sock",
           .secret = "secret `<program>.database_url`",
           .summary = "`mysql://user:password@host:port/name`, [several "
                      "hosts](docs/operating.md#several-database-hosts) separated by commas, an "
                      "IPv6 address in brackets, or `mysql://user:password@/name?socket=PATH`",
           .help = R"(
The address of the database. Without this line: the secret concertd.database_url, or
concert-cron.database_url and so on, an account for each program. Of several hosts the first one
that is ready and not read-only is used: for one synchronous cluster, or one primary with
read_only replicas, and nothing else (/usr/share/doc/concert-reservation/docs/operating.md,
"Several database hosts"). An IPv6 address is in brackets.
  mysql://user:password@host:port/name
  mysql://user:password@host1:port,[2001:db8::2]:port/name
  mysql://user:password@/name?socket=/run/mysqld/mysqld.sock)"},
          {.key = "token_key_file",
           .example = "/etc/concert-reservation/token.key",
           .secret = "secret `token.key`",
           .summary = "key that signs queue tokens, 32 bytes or more, the same on every host",
           .help = R"(
The key that signs queue tokens, 32 bytes or more, the same on every host. Without this line: the
secret token.key.)"},
          {.key = "accepted_token_key_file",
           .example = "/etc/concert-reservation/token-2.key",
           .secret = "secret `token-accepted.key`, if any",
           .summary = "a second key whose tokens are accepted too, for a [change of "
                      "keys](#change-the-token-key)",
           .help = R"(
A second key whose tokens are accepted too, for a change of keys in which every token stays valid
(a new key by itself makes every token invalid). Without this line: the secret token-accepted.key,
if there is one. See /usr/share/doc/concert-reservation/README.md, "Change the token key".)"},
      }};
}

SettingsSection cache() {
  return {
      .title = "Cache",
      .settings = {
          {.key = "memcached_servers",
           .example = "127.0.0.1:11211",
           .is_given_by_example = true,
           .summary = "`host:port` (an IPv6 address in brackets) or a socket's path, separated by "
                      "commas; empty: nothing is cached",
           .help = R"(
host:port (an IPv6 address in brackets) or a socket's path, separated by commas, the same list on
every host. With several hosts never a loopback address or a socket: each host would have a cache
of its own, and a user admitted on one host could be told "waiting" by another for up to 5 s.
Without this line, or empty: nothing is cached; every answer is as right and costs more.)"},
          {.key = "dates_cache_seconds",
           .fallback = "3600",
           .number = &Settings::dates_cache_seconds,
           .least = 1,
           .most = 30 * kDay_s,
           .summary = "life of a cached list of dates",
           .help = "\nHow long a list of dates is cached, in seconds."},
      }};
}

SettingsSection processes() {
  return {.title = "Processes",
          .settings = {
              {.key = "workers",
               .fallback = "16",
               .number = &Settings::workers,
               .least = 1,
               .most = 1024,
               .summary = "worker processes, each with one database connection",
               .help = "\nWorker processes, each with one database connection."},
              {.key = "worker_requests",
               .fallback = "100000",
               .number = &Settings::worker_requests,
               .least = 0,
               .most = kMany,
               .summary = "a worker is replaced after so many requests; 0: never",
               .help = "\nA worker is replaced after so many requests; 0: never."},
              {.key = "request_log",
               .fallback = "on",
               .words = {"on", "off"},
               .summary = "one log line per request; `off`: none",
               .help = R"(
One log line per request (route, status, duration, a hash of the user), or off.)"},
              {.key = "slow_query_ms",
               .fallback = "200",
               .number = &Settings::slow_query_ms,
               .least = 0,
               .most = kMinute_ms,
               .summary = "a statement that takes longer is logged as a warning; 0: never",
               .help = R"(
A statement that takes the database longer than so many milliseconds is logged as a warning, with
its text and never its values; 0: never.)"},
              {.key = "listen_socket",
               .fallback = "/run/concert-reservation/concertd.sock",
               .summary = "opened if systemd passes no socket",
               .help = R"(
The socket that concertd opens if systemd passes none (concertd.socket passes one).)"},
              {.key = "nginx_answers_log",
               .fallback = "/var/log/nginx/concert-reservation.answers",
               .text = &Settings::nginx_answers_log,
               .summary = "nginx's log of the statuses that it answers by itself, which concertd "
                          "counts; empty: not counted",
               .help = R"(
The log in which nginx writes the status of each answer that it gives by itself (429, 502, ...):
concertd counts them (/metrics). Empty: they are not counted.)"},
          }};
}

}  // namespace

const std::vector<SettingsSection>& settings_table() {
  static const std::vector<SettingsSection> table = [] {
    std::vector<SettingsSection> sections{secrets(), cache()};
    for (SettingsSection& section : sale_settings()) sections.push_back(std::move(section));
    sections.push_back(processes());
    return sections;
  }();
  return table;
}

const Setting& setting(std::string_view key) {
  for (const SettingsSection& section : settings_table()) {
    for (const Setting& one : section.settings) {
      if (one.key == key) return one;
    }
  }
  throw std::out_of_range("no setting has this key");
}

}  // namespace concert
