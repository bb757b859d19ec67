#include "settings/settings.h"

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <fstream>
#include <map>

#include "base/input_output.h"
#include "base/settings_source.h"
#include "support/jwt.h"
#include "support/process.h"
#include "support/ticket_key.h"

namespace concert {
namespace {

struct Installation {
  Installation() : file(folder.path() + "/concert.conf") {
    std::ofstream(folder.path() + "/key") << std::string(32, 'k');
    keys["token_key_file"] = folder.path() + "/key";
    keys["database_url"] = "mysql://concert:pw@db1/concert";
    for (const char* name :
         {"CONCERT_DATABASE_URL", "CONCERT_TOKEN_KEY_FILE", "CONCERT_ACCEPTED_TOKEN_KEY_FILE"}) {
      ::unsetenv(name);
    }
  }
  Settings read() const {
    std::ofstream out(file);
    for (const auto& [key, value] : keys) out << key << " = " << value << "\n";
    out.close();
    return Settings::read(file);
  }
  std::string complaint() const {
    try {
      read();
      return "";
    } catch (const ConfigurationError& error) {
      return error.what();
    }
  }
  test::ScratchFolder folder;
  std::string file;
  std::map<std::string, std::string> keys;
};

bool mentions(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(settings_test, Installation)

BOOST_AUTO_TEST_CASE(the_defaults_are_the_documented_ones) {
  const Settings settings = read();
  BOOST_TEST(settings.hold_seconds == 300);
  BOOST_TEST(settings.hold_longest_seconds == 900);
  BOOST_TEST(settings.active_seconds == 600);
  BOOST_TEST(settings.waiting_seconds == 86400);
  BOOST_TEST(settings.active_limit == 1000);
  BOOST_TEST(settings.admit_per_pass == 952);
  BOOST_TEST(settings.admit_interval_seconds == 1);
  BOOST_TEST(settings.holds_per_visit == 20);
  BOOST_TEST(settings.seat_limit == 4);
  BOOST_TEST(settings.balance_limit == 1'000'000'000);
  BOOST_TEST(settings.dates_cache_seconds == 3600);
  BOOST_TEST(settings.keep_reservations_days == 90);
  BOOST_TEST(settings.workers == 16);
  BOOST_TEST(settings.slow_query_ms == 200);
  BOOST_CHECK(settings.identity == IdentityMode::open);
  BOOST_CHECK(settings.charging == ChargingMode::open);
  BOOST_TEST(settings.memcached_servers.empty());
  BOOST_TEST(settings.token_key.size() == 32U);
  BOOST_TEST(settings.accepted_token_key.empty());
}

BOOST_AUTO_TEST_CASE(each_number_is_named_when_it_is_out_of_range) {
  for (const char* key : {"hold_seconds", "hold_longest_seconds", "active_seconds",
                          "waiting_seconds", "active_limit", "admit_per_pass", "holds_per_visit",
                          "seat_limit", "balance_limit", "dates_cache_seconds", "workers"}) {
    for (const char* value : {"0", "-1", "many", "9007199254740992"}) {
      keys[key] = value;
      BOOST_TEST(mentions(complaint(), std::string("`") + key + "`"), key << " = " << value);
    }
    keys.erase(key);
  }
}

BOOST_AUTO_TEST_CASE(the_longest_hold_is_no_shorter_than_a_hold) {
  keys["hold_seconds"] = "1200";
  BOOST_TEST(read().hold_longest_seconds == 1200);
  keys["hold_longest_seconds"] = "1199";
  BOOST_TEST(mentions(complaint(), "`hold_longest_seconds` must be at least hold_seconds"));
  keys["hold_longest_seconds"] = "1200";
  BOOST_TEST(read().hold_longest_seconds == 1200);
  keys["hold_longest_seconds"] = "3600";
  BOOST_TEST(read().hold_longest_seconds == 3600);
}

BOOST_AUTO_TEST_CASE(of_a_long_value_that_is_wrong_the_beginning_is_shown) {
  const std::string value(20'000, 'v');
  const auto is_bounded = [&] {
    const std::string text = complaint();
    return mentions(text, "vvv...") && text.size() < 1000;
  };
  for (const char* key : {"workers", "identity", "request_log", "open_is_meant", "site_url",
                          "memcached_servers", "token_key_file", value.c_str()}) {
    const auto before = keys;
    keys[key] = value;
    BOOST_TEST(is_bounded(), std::string(key).substr(0, 20) << ": " << complaint().size());
    keys = before;
  }
  keys["listen_socket"] = "/" + value + "/concertd.sock";
  BOOST_TEST(is_bounded());
  keys.erase("listen_socket");
  keys[value + "\nworkers"] = "1";  // the first of the two lines is no setting
  BOOST_TEST(is_bounded());
}

BOOST_AUTO_TEST_CASE(an_active_life_leaves_time_to_wait) {
  keys["active_seconds"] = "82800";
  BOOST_TEST(complaint().empty());
  keys["waiting_seconds"] = "86400";
  BOOST_TEST(complaint().empty());
  keys["active_seconds"] = "82801";
  BOOST_TEST(mentions(complaint(),
                      "`active_seconds` leaves too short a wait: a token lives 86400 s at most, "
                      "and 86400 - 82801 = 3599 s are fewer than 3600. Set active_seconds to 82800 "
                      "or less, or waiting_seconds to 3599 or less."),
             complaint());
  keys["waiting_seconds"] = "60";
  keys["active_seconds"] = "86340";
  BOOST_TEST(complaint().empty());
  keys["active_seconds"] = "86341";
  BOOST_TEST(mentions(complaint(), "86400 - 86341 = 59 s are fewer than 60"), complaint());
  keys["waiting_seconds"] = "1";
  keys["active_seconds"] = "86400";
  BOOST_TEST(mentions(complaint(), "Set active_seconds to 86399 or less."), complaint());
}

BOOST_AUTO_TEST_CASE(the_listening_socket_is_not_the_one_beside_it) {
  keys["listen_socket"] = folder.path() + "/events.sock";
  BOOST_TEST(mentions(complaint(), "`listen_socket` names events.sock"), complaint());
  keys["listen_socket"] = folder.path() + "/events.socket";
  BOOST_TEST(complaint().empty());
}

BOOST_AUTO_TEST_CASE(slow_query_ms_may_be_0) {
  keys["slow_query_ms"] = "0";
  BOOST_TEST(read().slow_query_ms == 0);
  for (const char* value : {"-1", "many", "60001"}) {
    keys["slow_query_ms"] = value;
    BOOST_TEST(mentions(complaint(), "`slow_query_ms`"), value);
  }
}

BOOST_AUTO_TEST_CASE(admit_interval_seconds_may_be_0) {
  keys["admit_interval_seconds"] = "0";
  BOOST_TEST(read().admit_interval_seconds == 0);
  for (const char* value : {"-1", "many", "86401"}) {
    keys["admit_interval_seconds"] = value;
    BOOST_TEST(mentions(complaint(), "`admit_interval_seconds`"), value);
  }
}

BOOST_AUTO_TEST_CASE(a_missing_secret_is_named) {
  keys.erase("token_key_file");
  BOOST_TEST(mentions(complaint(), "`token_key_file` is missing"));
}

BOOST_AUTO_TEST_CASE(a_signing_key_of_fewer_than_32_bytes_is_refused) {
  std::ofstream(folder.path() + "/key") << std::string(31, 'k') << "\n";
  BOOST_TEST(mentions(complaint(), "`token_key_file`"));
}

// Everybody that has a public key could make queue tokens with it.
BOOST_AUTO_TEST_CASE(a_signing_key_that_is_a_key_document_is_refused) {
  const std::string other = folder.path() + "/other";
  std::ofstream(other) << std::string(32, 'o');
  keys["accepted_token_key_file"] = other;
  constexpr char kPem[] = "a key or a certificate in PEM";
  for (const auto& [document, kind] :
       {std::pair{"-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END "
                  "PUBLIC KEY-----",
                  kPem},
        {"-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUQ\n-----END CERTIFICATE-----", kPem},
        {"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl",
         "an SSH key"},
        {R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"})",
         "a key in JSON"}}) {
    for (const char* setting : {"token_key_file", "accepted_token_key_file"}) {
      const std::string secret = read_file(keys[setting]);
      std::ofstream(keys[setting]) << document << "\n";
      BOOST_TEST(mentions(complaint(),
                          fmt::format("`{}` names {}, which is {}", setting, keys[setting], kind)),
                 complaint());
      std::ofstream(keys[setting]) << secret;
    }
  }
  BOOST_TEST(complaint().empty(), complaint());
}

BOOST_AUTO_TEST_CASE(a_key_file_without_an_end_is_refused) {
  keys["token_key_file"] = "/dev/zero";
  BOOST_TEST(mentions(complaint(),
                      "`token_key_file` cannot be read from /dev/zero: it is longer "
                      "than 16 MiB"),
             complaint());
}

BOOST_AUTO_TEST_CASE(an_accepted_key_is_another_one_of_32_bytes_or_more) {
  const std::string other = folder.path() + "/other";
  keys["accepted_token_key_file"] = other;
  BOOST_TEST(mentions(complaint(), "`accepted_token_key_file` cannot be read from " + other));
  std::ofstream(other) << std::string(31, 'o') << "\n";
  BOOST_TEST(mentions(complaint(), "`accepted_token_key_file` is a key of fewer than 32 bytes"));
  BOOST_TEST(mentions(complaint(), other));
  std::ofstream(other) << std::string(32, 'k') << "\n";
  BOOST_TEST(mentions(complaint(), "`accepted_token_key_file` names the same key"));
  std::ofstream(other) << std::string(32, 'o') << "\n";
  BOOST_TEST(complaint().empty());
  BOOST_TEST(read().accepted_token_key == std::string(32, 'o'));
  BOOST_TEST(read().token_key == std::string(32, 'k'));
}

BOOST_AUTO_TEST_CASE(a_missing_or_malformed_database_is_named_without_its_password) {
  keys.erase("database_url");
  BOOST_TEST(mentions(complaint(), "`database_url` is missing"));
  keys["database_url"] = "mysql://concert:hunter2@db1:x/concert";
  BOOST_TEST(mentions(complaint(), "`database_url`"));
  BOOST_TEST(!mentions(complaint(), "hunter2"));
}

BOOST_AUTO_TEST_CASE(identity_is_open_or_jwt_and_jwt_needs_a_key) {
  keys["identity"] = "none";
  BOOST_TEST(mentions(complaint(), "`identity`"));
  keys["identity"] = "jwt";
  BOOST_TEST(mentions(complaint(), "`identity_key_file` is missing"));
  std::ofstream(folder.path() + "/login") << std::string(32, 'l');
  keys["identity_key_file"] = folder.path() + "/login";
  BOOST_TEST(complaint().empty());
  BOOST_CHECK(read().identity == IdentityMode::jwt);
  BOOST_TEST(read().identity_audience == "");
  keys["identity_audience"] = "https://tickets.example.org";
  keys["identity_issuer"] = "login";
  BOOST_TEST(read().identity_audience == "https://tickets.example.org");
  BOOST_TEST(read().identity_issuer == "login");
}

BOOST_AUTO_TEST_CASE(a_key_has_one_purpose) {
  const std::string login = folder.path() + "/login";
  keys["identity"] = "jwt";
  keys["identity_key_file"] = login;
  std::ofstream(login) << std::string(32, 'k') << "\n";  // the bytes count, not the file
  BOOST_TEST(mentions(complaint(), "`identity_key_file` names the same key as `token_key_file`"));
  for (const std::string& end : {std::string("\r\n"), std::string(" \n\n"), std::string(2, '\0')}) {
    std::ofstream(login) << std::string(32, 'k') << end;
    BOOST_TEST(mentions(complaint(), "`identity_key_file` names the same key as `token_key_file`"));
  }
  const std::string other = folder.path() + "/other";
  keys["accepted_token_key_file"] = other;
  std::ofstream(other) << std::string(32, 'o');
  std::ofstream(login) << std::string(32, 'o');
  BOOST_TEST(
      mentions(complaint(), "`identity_key_file` names the same key as `accepted_token_key_file`"));
  BOOST_TEST(!mentions(complaint(), std::string(32, 'o')));
  std::ofstream(login) << std::string(32, 'l');
  BOOST_TEST(complaint().empty());
  // With identity = open the file is not read.
  std::ofstream(login) << std::string(32, 'k');
  keys["identity"] = "open";
  BOOST_TEST(complaint().empty());
}

BOOST_AUTO_TEST_CASE(charging_is_one_of_three_words_and_needs_no_key_to_start) {
  keys["charging"] = "free";
  BOOST_TEST(mentions(complaint(), "`charging`"));
  keys["charging"] = "off";
  BOOST_CHECK(read().charging == ChargingMode::off);
  keys["charging"] = "voucher";
  BOOST_CHECK(read().charging == ChargingMode::voucher);
  BOOST_TEST(read().charge_key.empty());
  const std::string payments = folder.path() + "/payments";
  keys["charge_key_file"] = payments;
  BOOST_TEST(mentions(complaint(), "`charge_key_file`"));
  std::ofstream(payments) << "hush, it is too short";
  BOOST_TEST(mentions(complaint(), "`charge_key_file` names"));
  BOOST_TEST(mentions(complaint(), "the payment service's whole key"));
  std::ofstream(payments) << std::string(32, 'p');
  keys["charge_audience"] = "tickets";
  BOOST_TEST(read().charge_key == std::string(32, 'p'));
  BOOST_TEST(read().charge_audience == "tickets");
}

BOOST_AUTO_TEST_CASE(the_key_of_the_vouchers_is_no_other_key) {
  const std::string payments = folder.path() + "/payments";
  const std::string other = folder.path() + "/other";
  keys["charging"] = "voucher";
  keys["charge_key_file"] = payments;
  std::ofstream(payments) << std::string(32, 'k') << "\r\n";
  BOOST_TEST(mentions(complaint(), "`charge_key_file` names the same key as `token_key_file`"));
  std::ofstream(payments) << std::string(32, 'o');
  std::ofstream(other) << std::string(32, 'o') << "\n";
  keys["accepted_token_key_file"] = other;
  BOOST_TEST(
      mentions(complaint(), "`charge_key_file` names the same key as `accepted_token_key_file`"));
  keys.erase("accepted_token_key_file");
  BOOST_TEST(complaint().empty());
  keys["identity"] = "jwt";
  keys["identity_key_file"] = other;
  BOOST_TEST(mentions(complaint(), "`charge_key_file` names the same key as `identity_key_file`"));
  // A public key is the same in whatever way its PEM is written.
  std::string pem = test::rsa_keys().public_pem;
  std::ofstream(payments) << pem;
  BOOST_TEST(complaint().empty());
  for (auto at = pem.find('\n'); at != std::string::npos; at = pem.find('\n', at + 2))
    pem.insert(at, "\r");
  std::ofstream(other) << "The login service's key:\n" << pem;
  BOOST_TEST(mentions(complaint(), "`charge_key_file` names the same key as `identity_key_file`"));
  std::ofstream(other) << test::elliptic_keys().public_pem;
  BOOST_TEST(complaint().empty());
  // With charging = open the file is not read.
  std::ofstream(payments) << std::string(32, 'k');
  keys["charging"] = "open";
  BOOST_TEST(complaint().empty());
}

BOOST_AUTO_TEST_CASE(the_key_of_the_tickets_may_be_missing_but_not_of_another_kind) {
  BOOST_TEST(read().ticket_key.empty());
  keys["ticket_key_file"] = "";
  BOOST_TEST(read().ticket_key.empty());
  const std::string tickets = folder.path() + "/tickets";
  keys["ticket_key_file"] = tickets;
  BOOST_TEST(mentions(complaint(), "`ticket_key_file`"));
  for (const std::string& other :
       {std::string(48, 'k'), test::elliptic_keys().private_pem, test::rsa_keys().public_pem}) {
    std::ofstream(tickets) << other;
    BOOST_TEST(mentions(complaint(), "`ticket_key_file` names " + tickets));
    BOOST_TEST(mentions(complaint(), "which is not an Ed25519 private key"));
  }
  std::ofstream(tickets) << test::kTicketKey;
  BOOST_TEST(read().ticket_key + "\n" == test::kTicketKey);
}

BOOST_AUTO_TEST_CASE(what_is_meant_to_be_open_is_a_list_of_words) {
  const auto meant = [&](const char* text) {
    keys["open_is_meant"] = text;
    const OpenIsMeant read_back = read().open_is_meant;
    return std::string(read_back.identity ? "i" : "") + (read_back.rate_limits ? "r" : "") +
           (read_back.plain_http ? "p" : "") + (read_back.charging ? "c" : "");
  };
  BOOST_TEST(!read().open_is_meant.identity);
  BOOST_TEST(meant("no") == "");
  BOOST_TEST(meant("yes") == "irpc");
  BOOST_TEST(meant("charging") == "c");
  BOOST_TEST(meant("identity") == "i");
  BOOST_TEST(meant("plain_http,  rate_limits") == "rp");
  for (const char* text : {"maybe", "identity plain_http", "identity, no", "identity,,"}) {
    keys["open_is_meant"] = text;
    BOOST_TEST(mentions(complaint(), "`open_is_meant` must be"), text);
  }
}

BOOST_AUTO_TEST_CASE(the_address_of_the_site_has_no_path) {
  BOOST_TEST(read().site_url == "http://127.0.0.1");
  for (const char* url : {"https://tickets.example.org:8443", "http://[::1]:8080"}) {
    keys["site_url"] = url;
    BOOST_TEST(complaint().empty(), url);
  }
  for (const char* url :
       {"", "tickets.example.org", "http://", "ftp://a", "http://a/", "http://a b",
        "http://a:11111111", "http://a:", "http://user:pw@a", "http://a@b", "http://x\x1B[31m",
        "http://x\xC2\x9B"
        "31m"}) {
    keys["site_url"] = url;
    BOOST_TEST(mentions(complaint(), "`site_url` must be http://HOST or https://HOST"), url);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
