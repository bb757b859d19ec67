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
#include "settings/secrets.h"
#include "settings/settings_table.h"

namespace concert {
namespace {

std::map<std::string, std::string> defaults() {
  std::map<std::string, std::string> texts;
  for (const SettingsSection& section : settings_table()) {
    for (const Setting& one : section.settings) texts.emplace(one.key, one.fallback);
  }
  return texts;
}

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

// A hold lasts at least until it ends without an extension. An older configuration does not name
// the longest time, and may hold for longer than the default of it.
void read_longest_hold(const SettingsSource& source, Settings& settings) {
  constexpr char kKey[] = "hold_longest_seconds";
  if (!source.is_given(kKey))
    settings.hold_longest_seconds = std::max(settings.hold_longest_seconds, settings.hold_seconds);
  if (settings.hold_longest_seconds >= settings.hold_seconds) return;
  source.fail(kKey, fmt::format("must be at least hold_seconds, which is {}; not {}.",
                                settings.hold_seconds, settings.hold_longest_seconds));
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
  for (const auto mode : {ChargingMode::voucher, ChargingMode::off}) {
    if (to_text(mode) == word) return mode;
  }
  return ChargingMode::open;
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

std::string_view to_text(ChargingMode mode) {
  if (mode == ChargingMode::voucher) return "voucher";
  return mode == ChargingMode::off ? "off" : "open";
}

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
  mistakes.collect([&] { read_longest_hold(source, settings); });
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
