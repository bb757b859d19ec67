#include "settings/settings.h"

#include <fmt/format.h>
#include <sys/un.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <string_view>

#include "base/encoding.h"
#include "base/server_address.h"
#include "base/settings_source.h"
#include "base/wording.h"
#include "cache/server_list.h"
#include "domain/token.h"
#include "report/cron_report.h"
#include "settings/operator_key.h"
#include "settings/settings_table.h"
#include "settings/ticket_key.h"

namespace concert {
namespace {

std::map<std::string, std::string> defaults() {
  std::map<std::string, std::string> texts;
  for (const SettingsSection& section : settings_table()) {
    for (const Setting& one : section.settings) texts.emplace(one.key, one.fallback);
  }
  return texts;
}

// Reads settings whose value, or whose file, may be a secret that no key names.
struct Secrets {
  const SettingsSource& source;
  std::string config_file;

  std::string path(const std::string& name) const { return secret_path(config_file, name); }
  std::string home(const std::string& name) const { return secret_home(config_file, name); }
  // The path of file() as the administrator sees it.
  std::string shown(const std::string& setting, const std::string& name) const {
    return source.is_given(setting) ? excerpt_of(source.text(setting)) : home(name);
  }
  // The file that `setting` names, otherwise that of the secret; empty where there is neither.
  std::string file(const std::string& setting, const std::string& name) const {
    if (source.is_given(setting)) return source.text(setting);
    return has_secret(path(name)) ? path(name) : "";
  }
  // The same for an optional file: empty for a user that may not look into root's folder.
  std::string optional_file(const std::string& setting, const std::string& name) const {
    try {
      return file(setting, name);
    } catch (const ConfigurationError&) {
      return "";
    }
  }
  // The bytes of that file; a failure is a mistake of `setting`.
  std::string read(const std::string& setting, const std::string& file) const {
    try {
      return read_key_file(file);
    } catch (const std::runtime_error& error) {
      source.fail(setting, error.what());
    }
  }
};

void read_database_url(const Secrets& secrets, const std::string& program, Settings& settings) {
  const SettingsSource& source = secrets.source;
  std::string text = source.text("database_url");
  const std::string secret = program.empty() ? "" : program + ".database_url";
  if (!secret.empty() && !source.is_given("database_url") && has_secret(secrets.path(secret))) {
    settings.database_secret = secrets.path(secret);
    text = secrets.read("database_url", settings.database_secret);
  }
  if (text.empty()) {
    source.fail("database_url",
                "is missing. For a database on this host run concert-setup; otherwise give "
                "mysql://user:password@host:port/name" +
                    (secret.empty() ? "." : ", here or in the file " + secrets.home(secret) + "."));
  }
  try {
    settings.database = DatabaseUrl::parse(text);
  } catch (const std::invalid_argument& error) {
    if (!source.is_given("database_url") && !secret.empty())
      throw ConfigurationError(
          fmt::format("{}: database_url {}", secrets.path(secret), error.what()));
    source.fail("database_url", error.what());
  }
}

// The token key in that file: the one that `setting` names, or the secret.
std::string read_key(const Secrets& secrets, const std::string& setting, const std::string& name,
                     const std::string& file) {
  constexpr std::size_t kLeastBytes = 32;
  std::string key = secrets.read(setting, file);
  if (key.size() < kLeastBytes) {
    secrets.source.fail(setting, fmt::format("is a key of fewer than 32 bytes, in {0}. Make one "
                                             "with `openssl rand -out {0} 48`.",
                                             secrets.shown(setting, name)));
  }
  if (const auto kind = document_kind(key); !kind.empty()) {
    secrets.source.fail(setting,
                        fmt::format("names {0}, which is {1}: others may have it, and could make "
                                    "queue tokens. Make a secret of its own with `openssl rand "
                                    "-out {0} 48`.",
                                    secrets.shown(setting, name), kind));
  }
  return key;
}

void read_token_key(const Secrets& secrets, Settings& settings) {
  const std::string file = secrets.file("token_key_file", "token.key");
  if (file.empty()) {
    secrets.source.fail(
        "token_key_file",
        "is missing. Make a key with `openssl rand -out FILE 48` and name FILE here, or "
        "make it as " +
            secrets.home("token.key") + ".");
  }
  settings.token_key = read_key(secrets, "token_key_file", "token.key", file);
}

void read_accepted_token_key(const Secrets& secrets, Settings& settings) {
  const std::string accepted =
      secrets.optional_file("accepted_token_key_file", "token-accepted.key");
  if (accepted.empty()) return;
  settings.accepted_token_key =
      read_key(secrets, "accepted_token_key_file", "token-accepted.key", accepted);
  if (is_same_key(settings.accepted_token_key, settings.token_key)) {
    secrets.source.fail(
        "accepted_token_key_file",
        "names the same key as `token_key_file`. Name the other key of the change, or "
        "remove the line where there is none.");
  }
}

// A service of the operator, whose key `setting` names.
struct OperatorService {
  const char* name;
  const char* setting;
  const char* secret;   // that stands in for the setting
  const char* product;  // what the service signs
  std::string Settings::*key;
};

constexpr OperatorService kLogins{"login service", "identity_key_file", "identity.key", "logins",
                                  &Settings::identity_key};
constexpr OperatorService kPayments{"payment service", "charge_key_file", "charge.key", "vouchers",
                                    &Settings::charge_key};

void read_operator_key(const Secrets& secrets, const OperatorService& service,
                       const std::string& file, Settings& settings) {
  const std::string key = secrets.read(service.setting, file);
  try {
    key_algorithm(key, service.name);
  } catch (const std::invalid_argument& error) {
    secrets.source.fail(service.setting,
                        fmt::format("names {}, which is {}",
                                    secrets.shown(service.setting, service.secret), error.what()));
  }
  settings.*service.key = key;
}

void read_identity_key(const Secrets& secrets, Settings& settings) {
  if (settings.identity != IdentityMode::jwt) return;
  const std::string file = secrets.file("identity_key_file", "identity.key");
  if (file.empty()) {
    secrets.source.fail(
        "identity_key_file",
        fmt::format("is missing, and `identity = jwt` needs the login service's key. Name "
                    "its file here, or put it at {}.",
                    secrets.home("identity.key")));
  }
  read_operator_key(secrets, kLogins, file, settings);
}

// Without the key no voucher is accepted; the service is started all the same.
void read_charge_key(const Secrets& secrets, Settings& settings) {
  if (settings.charging != ChargingMode::voucher) return;
  const std::string file = secrets.file("charge_key_file", "charge.key");
  if (!file.empty()) read_operator_key(secrets, kPayments, file, settings);
}

// Without the key no tickets are made; the service is started all the same. It is like no other
// key: none of them may be a private key in PEM.
void read_ticket_key(const Secrets& secrets, Settings& settings) {
  const std::string file = secrets.optional_file("ticket_key_file", "ticket.key");
  if (file.empty()) return;
  settings.ticket_key = secrets.read("ticket_key_file", file);
  try {
    TicketKey{settings.ticket_key};
  } catch (const std::invalid_argument& error) {
    secrets.source.fail("ticket_key_file",
                        fmt::format("names {}, which is {}",
                                    secrets.shown("ticket_key_file", "ticket.key"), error.what()));
  }
}

// With one key for two purposes, what is signed for one would pass for the other.
void expect_own_key(const Secrets& secrets, const OperatorService& service, Settings& settings) {
  const std::string& key = settings.*service.key;
  if (key.empty()) return;
  for (const auto& [setting, other] :
       {std::pair{"token_key_file", settings.token_key},
        std::pair{"accepted_token_key_file", settings.accepted_token_key}}) {
    if (!is_same_key(key, other)) continue;
    secrets.source.fail(
        service.setting,
        fmt::format("names the same key as `{}`: a service that can sign {} could make queue "
                    "tokens. Give the queue tokens a key of their own.",
                    setting, service.product));
  }
}

void expect_identity_key_to_differ(const Secrets& secrets, Settings& settings) {
  expect_own_key(secrets, kLogins, settings);
}

void expect_charge_key_to_differ(const Secrets& secrets, Settings& settings) {
  expect_own_key(secrets, kPayments, settings);
  if (settings.charge_key.empty() || !is_same_key(settings.charge_key, settings.identity_key))
    return;
  secrets.source.fail("charge_key_file",
                      "names the same key as `identity_key_file`: a service that can sign logins "
                      "could make vouchers. Give the vouchers a key of their own.");
}

// The words of `open_is_meant`, separated by commas.
OpenIsMeant read_open_is_meant(const SettingsSource& source) {
  constexpr char kKey[] = "open_is_meant";
  const std::string& text = source.text(kKey);
  OpenIsMeant meant;
  if (text == "no") return meant;
  if (text == "yes") return {true, true, true, true};
  std::istringstream in(text);
  std::string word;
  while (std::getline(in >> std::ws, word, ',')) {
    const std::string_view named = trimmed(word);
    if (named == "identity") {
      meant.identity = true;
    } else if (named == "rate_limits") {
      meant.rate_limits = true;
    } else if (named == "plain_http") {
      meant.plain_http = true;
    } else if (named == "charging") {
      meant.charging = true;
    } else {
      source.fail(kKey, fmt::format("must be no, yes or some of: identity, rate_limits, "
                                    "plain_http, charging; not `{}`.",
                                    excerpt_of(text)));
    }
  }
  return meant;
}

// A host, with a port if need be, and nothing of an address beside it.
bool is_host_of_url(std::string_view text) {
  if (text.find_first_of("/?#@ ") != std::string_view::npos || has_control_characters(text))
    return false;
  try {
    HostPort::parse(text, 0);
    return true;
  } catch (const std::invalid_argument&) {
    return false;
  }
}

void read_site_url(const SettingsSource& source, Settings& settings) {
  settings.site_url = source.text("site_url");
  const std::string& url = settings.site_url;
  const auto host = url.starts_with("http://")    ? std::string("http://").size()
                    : url.starts_with("https://") ? std::string("https://").size()
                                                  : url.size();
  if (!is_host_of_url(std::string_view(url).substr(host))) {
    source.fail("site_url", fmt::format("must be http://HOST or https://HOST, with a port if need "
                                        "be and nothing else; not `{}`.",
                                        excerpt_of(url)));
  }
}

void read_currency(const SettingsSource& source, Settings& settings) {
  settings.currency = source.text("currency");
  const std::string& code = settings.currency;
  const bool is_code = code.size() == 3 && std::all_of(code.begin(), code.end(), [](char letter) {
                         return letter >= 'A' && letter <= 'Z';
                       });
  if (is_code || code == "POINTS") return;
  source.fail("currency", fmt::format("must be an ISO 4217 code such as KRW, or POINTS; not `{}`.",
                                      excerpt_of(code)));
}

// Where a page sends people: empty is nowhere.
void read_page_url(const SettingsSource& source, const char* key, std::string& url) {
  url = source.text(key);
  static const std::regex form(
      R"((https?://[A-Za-z0-9\[]|/(?!/))[-A-Za-z0-9._~:/?\[\]@!$&'()*+,;=%]*|/)");
  if (url.empty() || std::regex_match(url, form)) return;
  source.fail(key,
              fmt::format("must begin with https:// or http://, or be a path of this site that "
                          "begins with /, and have no fragment; not `{}`.",
                          excerpt_of(url)));
}

void read_keys(const Secrets& secrets, KeyCheck check, Settings& settings, Mistakes& mistakes) {
  const auto collect = [&](const char* setting, auto step) {
    Mistakes found;
    found.collect([&] { step(secrets, settings); });
    if (check == KeyCheck::own && !secrets.source.is_of_environment(setting)) return;
    mistakes.collect([&] { found.throw_if_any(); });
  };
  collect("identity_key_file", read_identity_key);
  collect("token_key_file", read_token_key);
  collect("accepted_token_key_file", read_accepted_token_key);
  collect("charge_key_file", read_charge_key);
  collect("ticket_key_file", read_ticket_key);
  collect("identity_key_file", expect_identity_key_to_differ);
  collect("charge_key_file", expect_charge_key_to_differ);
}

void read_listen_socket(const SettingsSource& source, Settings& settings) {
  constexpr std::size_t kMost = sizeof(sockaddr_un::sun_path) - 1;
  settings.listen_socket = source.text("listen_socket");
  if (settings.listen_socket.empty())
    source.fail("listen_socket", "is empty. Give the path of a unix socket.");
  std::error_code unknown;
  if (std::filesystem::is_directory(settings.listen_socket, unknown))
    source.fail("listen_socket", "names a folder. Give the path of the socket in it.");
  const std::string beside = report_socket_path(settings.listen_socket);
  if (settings.listen_socket == beside) {
    source.fail("listen_socket",
                "names events.sock, which concertd opens beside it for what concert-cron reports. "
                "Give the socket another name.");
  }
  if (std::max(settings.listen_socket.size(), beside.size()) > kMost) {
    source.fail("listen_socket",
                fmt::format("is too long: a unix socket's path has at most {} bytes, and {} must "
                            "fit too. Choose a shorter folder.",
                            kMost, excerpt_of(beside)));
  }
}

// A user who cannot wait is never admitted once the queue is full. The default of waiting_seconds
// is more than active_seconds leaves, so only an hour of it must fit.
void expect_time_to_wait(const SettingsSource& source, const Settings& settings) {
  constexpr std::int64_t kWhole_s = kLongestTokenLife_ms / 1000;
  constexpr std::int64_t kLeastWait_s = 3600;
  const std::int64_t least_s = std::min(settings.waiting_seconds, kLeastWait_s);
  const std::int64_t left_s = kWhole_s - settings.active_seconds;
  if (left_s >= least_s) return;
  source.fail(
      "active_seconds",
      fmt::format("leaves too short a wait: a token lives {} s at most, and {} - {} = {} s "
                  "are fewer than {}. Set active_seconds to {} or less{}.",
                  kWhole_s, kWhole_s, settings.active_seconds, left_s, least_s, kWhole_s - least_s,
                  left_s > 0 ? fmt::format(", or waiting_seconds to {} or less", left_s) : ""));
}

void read_memcached_servers(const SettingsSource& source, Settings& settings) {
  settings.memcached_servers = source.text("memcached_servers");
  try {
    parse_cache_servers(settings.memcached_servers);
  } catch (const std::invalid_argument& error) {
    source.fail("memcached_servers", error.what());
  }
}

std::string word(const SettingsSource& source, const std::string& key) {
  return source.word(key, setting(key).words);
}

ChargingMode charging_mode(const std::string& word) {
  if (word == "voucher") return ChargingMode::voucher;
  return word == "off" ? ChargingMode::off : ChargingMode::open;
}

// Every number, and every text that is accepted as it is.
void read_plain_values(const SettingsSource& source, Settings& settings, Mistakes& mistakes) {
  for (const SettingsSection& section : settings_table()) {
    for (const Setting& one : section.settings) {
      const std::string key(one.key);
      if (one.text) settings.*one.text = source.text(key);
      if (!one.number) continue;
      mistakes.collect([&] { settings.*one.number = source.number(key, one.least, one.most); });
    }
  }
}

}  // namespace

Settings Settings::read(const std::string& file, const std::string& program) {
  return read_content(read_configuration(file), file, program);
}

Settings Settings::read_content(const std::string& content, const std::string& file,
                                const std::string& program, KeyCheck check) {
  const SettingsSource source(file, content, defaults());
  const Secrets secrets{source, file};
  Settings settings;
  Mistakes mistakes = source.mistakes();
  read_plain_values(source, settings, mistakes);
  mistakes.collect([&] { expect_time_to_wait(source, settings); });
  mistakes.collect([&] { read_listen_socket(source, settings); });
  mistakes.collect([&] { settings.request_log = word(source, "request_log") == "on"; });
  mistakes.collect([&] {
    settings.identity = word(source, "identity") == "jwt" ? IdentityMode::jwt : IdentityMode::open;
  });
  mistakes.collect([&] { settings.charging = charging_mode(word(source, "charging")); });
  mistakes.collect([&] { settings.open_is_meant = read_open_is_meant(source); });
  mistakes.collect([&] { read_site_url(source, settings); });
  mistakes.collect([&] { read_currency(source, settings); });
  mistakes.collect([&] { read_page_url(source, "login_url", settings.login_url); });
  mistakes.collect([&] { read_page_url(source, "charge_url", settings.charge_url); });
  read_keys(secrets, check, settings, mistakes);
  mistakes.collect([&] { read_database_url(secrets, program, settings); });
  mistakes.collect([&] { read_memcached_servers(source, settings); });
  mistakes.throw_if_any();
  return settings;
}

}  // namespace concert
