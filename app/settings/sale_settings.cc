#include "domain/points.h"
#include "domain/seat.h"
#include "settings/settings_table.h"

namespace concert {
namespace {

SettingsSection queue() {
  return {
      .title = "Queue",
      .settings = {
          {.key = "active_limit",
           .fallback = "1000",
           .number = &Settings::active_limit,
           .least = 1,
           .most = kMany,
           .summary = "most users active at once; never exceeded",
           .help = R"(
Most users active at once; never exceeded. `concertctl queue set` overrides this at run time.)"},
          {.key = "total_active_limit",
           .fallback = "0",
           .number = &Settings::total_active_limit,
           .least = 0,
           .most = kMany,
           .summary = "most users active in all queues together, divided by `active_limit` among "
                      "the queues in which users wait; 0: no such limit",
           .help = R"(
Most users active in all queues together; 0: no such limit. Each queue in which users wait gets at
least total_active_limit * its limit / the limits of all queues in which users wait. What is left
goes to other queues in which users wait, then to users who join. A change is in force with the next pass.)"},
          {.key = "admit_per_pass",
           .fallback = "952",
           .number = &Settings::admit_per_pass,
           .least = 1,
           .most = kMany,
           .summary = "most users admitted within `admit_interval_seconds`, whichever host's pass "
                      "does it; per pass only if that is 0",
           .help = R"(
Most users admitted within admit_interval_seconds, whichever host's concert-cron does it: one more
host with a timer admits nobody faster. Admissions that one interval leaves over are not made up
for in the next. With an interval of 0 each pass of concert-cron admits admit_per_pass.
`concertctl queue set` overrides admit_per_pass at run time.)"},
          {.key = "admit_interval_seconds",
           .fallback = "1",
           .number = &Settings::admit_interval_seconds,
           .least = 0,
           .most = kDay_s,
           .summary = "seconds, by the database's clock, in which credit to admit `admit_per_pass` "
                      "users accrues, never more; 0: every pass admits `admit_per_pass`"},
          {.key = "active_seconds",
           .fallback = "600",
           .number = &Settings::active_seconds,
           .least = 1,
           .most = kDay_s,
           .summary = "life of an active token after its last use; it may live up to a tenth "
                      "longer. At most 24 hours less an hour, or less `waiting_seconds` if that is "
                      "shorter",
           .help = R"(
Life of an active token after its last use, and how long a token may wait, in seconds. A wait
lasts at most 24 hours less active_seconds, so that every admitted user has a whole active life.
At least an hour must remain to wait, or waiting_seconds if that is less: where waiting_seconds is
3600 or more, active_seconds is at most 82800.)"},
          {.key = "waiting_seconds",
           .fallback = "86400",
           .number = &Settings::waiting_seconds,
           .least = 1,
           .most = kDay_s,
           .summary = "how long a token may wait; at most 24 hours less `active_seconds`, so that "
                      "every admitted user has a whole active life"},
          {.key = "claim_seconds",
           .fallback = "120",
           .number = &Settings::claim_seconds,
           .least = 0,
           .most = kDay_s,
           .summary = "how long an admitted user has for the first call before the active place is "
                      "given back; `active_seconds` if that is less; 0: no such limit",
           .help = R"(
An admitted user who makes no call within claim_seconds, or active_seconds if that is less, gives
the active place back. If the user calls GET /token/refresh or POST /token within rejoin_seconds
more, the user is admitted before all others as soon as there is a place; otherwise the token
expires. So a closed tab keeps a place for claim_seconds, not for active_seconds. 0: an admitted
token lives for active_seconds.)"},
          {.key = "rejoin_seconds",
           .fallback = "900",
           .number = &Settings::rejoin_seconds,
           .least = 0,
           .most = kDay_s,
           .summary = "how long after losing the place a user can poll or join again and then be "
                      "admitted before all others; otherwise the token expires"},
          {.key = "visit_seconds",
           .fallback = "1800",
           .number = &Settings::visit_seconds,
           .least = 0,
           .most = kDay_s,
           .summary = "longest visit while anybody waits, counted from the admission; an "
                      "`expiresAt` already told and live holds are kept; 0: no such limit",
           .help = R"(
While anybody waits, no use lets an active token live longer than visit_seconds after its
admission: repeated calls do not prolong a visit. A token does not end before an expiresAt that its
user was told, nor before the holds that are live when its visit is over. 0: no such limit.)"},
      }};
}

SettingsSection seats_and_points() {
  return {
      .title = "Seats and points",
      .settings = {
          {.key = "hold_seconds",
           .fallback = "300",
           .number = &Settings::hold_seconds,
           .least = 1,
           .most = kDay_s,
           .summary = "how long a seat is held for payment",
           .help = R"(
How long a seat is held for payment, in seconds; and how long at most since it was held, however
often its user extends that. Where hold_longest_seconds is missing, it is hold_seconds if that is
more.)"},
          {.key = "hold_longest_seconds",
           .fallback = "900",
           .number = &Settings::hold_longest_seconds,
           .least = 1,
           .most = kDay_s,
           .summary = "how long after it was made a hold ends at the latest, however often it is "
                      "extended; at least `hold_seconds`, which it is by default if that is more"},
          {.key = "holds_per_visit",
           .fallback = "20",
           .number = &Settings::holds_per_visit,
           .least = 1,
           .most = 1'000'000,
           .summary =
               "most holds that a user makes within 30 minutes, whatever becomes of them; so "
               "nobody keeps seats for ever by letting go and taking again",
           .help = R"(
Most holds that a user makes within 30 minutes, whatever becomes of them. So nobody keeps seats from
others for ever by letting them go and taking them again.)"},
          {.key = "seat_limit",
           .fallback = "4",
           .number = &Settings::seat_limit,
           .least = 1,
           .most = kMaxHeldSeats,
           .summary = "most seats that a user may hold or own per date",
           .help = "\nMost seats that a user may hold or own per date."},
          {.key = "balance_limit",
           .fallback = "1000000000",
           .number = &Settings::balance_limit,
           .least = 1,
           .most = kMaxPoints,
           .summary = "most points that a balance may hold",
           .help = "\nMost points that a balance may hold."},
          {.key = "keep_reservations_days",
           .fallback = "90",
           .number = &Settings::keep_reservations_days,
           .least = 1,
           .most = 36500,
           .summary = "reservations that ended without a payment are deleted after so many days",
           .help = R"(
Reservations that ended without a payment are deleted after so many days. Paid and refunded ones
stay, with the ledger.)"},
      }};
}

SettingsSection identity() {
  return {
      .title = "Identity",
      .settings = {
          {.key = "identity",
           .fallback = "open",
           .words = {"open", "jwt"},
           .summary = "`open`: the caller's word is accepted. `jwt`: `POST /token` needs the "
                      "login service's JWT",
           .help = R"(
How a user proves an identity.
  open: the caller's word is accepted; for development, or behind a gateway that has checked it.
  jwt: POST /token needs a JWT of your login service, checked with identity_key_file: an HS256
  secret of 32 bytes or more, or a public key in PEM (RSA of 2048 bits or more for RS256, the
  curve P-256 for ES256).)"},
          {.key = "identity_key_file",
           .example = "/etc/concert-reservation/identity.key",
           .secret = "secret `identity.key`, if any",
           .summary =
               "its HS256 secret of 32 bytes or more, or PEM public key: RSA of 2048 bits or "
               "more (RS256), P-256 (ES256)"},
          {.key = "identity_audience",
           .text = &Settings::identity_audience,
           .example = "https://tickets.example.org",
           .summary = "with `jwt`, the `aud` that a login must have; empty: logins for any service "
                      "are accepted",
           .help = R"(
With jwt, the `aud` and the `iss` that a login must have. Without the audience a login that was
issued for another service is accepted too.)"},
          {.key = "identity_issuer",
           .text = &Settings::identity_issuer,
           .example = "https://login.example.org",
           .summary = "with `jwt`, the `iss` that a login must have; empty: any"},
          {.key = "open_is_meant",
           .fallback = "no",
           .summary = "what is open on purpose, so that `concertctl doctor` does not report it as "
                      "`OPEN`: `no`, `yes` or some of `identity`, `rate_limits`, `plain_http`, "
                      "`charging`",
           .help = R"(
`concertctl doctor` names what is open: identity (also jwt without an audience), the rate limits,
plain HTTP, charging. This line says what is open on purpose: no, yes (all of it) or some of
identity, rate_limits, plain_http, charging. For example plain_http where a load balancer ends
TLS.)"},
          {.key = "site_url",
           .fallback = "http://127.0.0.1",
           .summary = "where `concertctl doctor` asks this host's site for its rate limits and "
                      "HTTPS",
           .help = R"(
Where `concertctl doctor` asks the site of this host for its rate limits and HTTPS.)"},
      }};
}

SettingsSection charging() {
  return {.title = "Charging",
          .settings = {
              {.key = "charging",
               .fallback = "open",
               .words = {"open", "voucher", "off"},
               .example = "voucher",
               .is_given_by_example = true,
               .summary = "`open`: everybody may add points to an own balance. `voucher`: a charge "
                          "needs a [voucher](docs/operating.md#vouchers) of the payment service. "
                          "`off`: nobody charges",
               .help = R"(
Where points come from.
  open: every user may add points to the own balance, for nothing; for development. It holds where
  the line is missing.
  voucher: a charge needs a voucher of your payment service, a JWT that is checked with
  charge_key_file, in the forms of identity_key_file. Without a key no voucher is accepted.
  off: nobody charges; `concertctl user credit` goes on.)"},
              {.key = "charge_key_file",
               .example = "/etc/concert-reservation/charge.key",
               .secret = "secret `charge.key`, if any",
               .summary = "with `voucher`, the payment service's key, in the forms of "
                          "`identity_key_file`; without one every voucher is refused"},
              {.key = "charge_audience",
               .text = &Settings::charge_audience,
               .example = "https://tickets.example.org",
               .summary = "with `voucher`, the `aud` that a voucher must have; empty: any",
               .help = R"(
With voucher, the `aud` that a voucher must have. Without it a voucher that the payment service
signed for another shop, with the same key, is accepted too.)"},
          }};
}

SettingsSection pages() {
  return {.title = "What pages show",
          .settings = {
              {.key = "currency",
               .fallback = "POINTS",
               .example = "KRW",
               .summary = "what amounts are in: an ISO 4217 code or `POINTS`",
               .help = R"(
What amounts are in, for pages that show them: an ISO 4217 code, or POINTS. Amounts are whole numbers
of the smallest unit everywhere: with EUR and 2 decimals, 1250 is 12.50 EUR.)"},
              {.key = "currency_decimals",
               .fallback = "0",
               .number = &Settings::currency_decimals,
               .least = 0,
               .most = 4,
               .summary = "how many of an amount's digits are decimals"},
              {.key = "login_url",
               .example = "https://login.example.org/concerts",
               .summary = "where pages send people to log in; they come back with `#login=<JWT>`",
               .help = R"(
Where pages send people to log in and to pay for points: an address, or a path of this site. Each
brings them back to the page, with #login=<JWT> or #voucher=<JWT> at the end of its address.)"},
              {.key = "charge_url",
               .example = "https://pay.example.org/points",
               .summary = "where pages send people to pay for points; they come back with "
                          "`#voucher=<JWT>`"},
          }};
}

SettingsSection tickets() {
  return {.title = "Tickets",
          .settings = {
              {.key = "ticket_key_file",
               .example = "/etc/concert-reservation/ticket.key",
               .secret = "secret `ticket.key`, if any",
               .summary = "the Ed25519 private key in PEM that signs [tickets](docs/operating.md"
                          "#at-the-door), the same on every host; without one tickets are `503 "
                          "TICKETS_UNAVAILABLE`",
               .help = R"(
The key that signs tickets: an Ed25519 private key in PEM, the same on every host. concert-setup
makes it as the secret ticket.key. Without one nobody gets a ticket.)"},
          }};
}

}  // namespace

std::vector<SettingsSection> sale_settings() {
  return {queue(), seats_and_points(), identity(), charging(), tickets(), pages()};
}

}  // namespace concert
