#include "settings/secrets.h"

#include <fmt/format.h>

#include <utility>

#include "settings/operator_key.h"
#include "settings/ticket_key.h"

namespace concert {
namespace {

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

}  // namespace

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

}  // namespace concert
