#include <fmt/format.h>

#include <memory>

#include "ctl/commands/open_url.h"
#include "ctl/doctor/doctor.h"
#include "service/access/token_text.h"
#include "settings/ticket_key.h"

namespace concert {
namespace {

constexpr char kPath[] = "/queue";  // public, and cheap

// What a site shows to any client that asks for the state of the queue.
struct SiteAnswer {
  std::string problem;  // why the rest is unknown; empty: it is known
  bool is_https = false;
  bool has_rate_limits = false;
};

struct Page {
  std::string error;
  bool is_of_the_service = false;
  bool has_rate_limits = false;
  std::string sent_to;  // the address of a redirection
};

std::size_t ignore_body(const char*, std::size_t size, std::size_t count, void*) {
  return size * count;
}

bool has_header(CURL* easy, const char* name) {
  curl_header* header = nullptr;
  return curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &header) == CURLHE_OK;
}

// Connects to `host` whatever host the address names; empty: to that of the address.
Page fetch(const std::string& url, const std::string& host) {
  constexpr long kTimeout_s = 3;
  const OpenUrl easy = open_url(url, kTimeout_s);
  const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> way(
      host.empty() ? nullptr : curl_slist_append(nullptr, fmt::format("::{}:", host).c_str()),
      curl_slist_free_all);
  curl_easy_setopt(easy.get(), CURLOPT_CONNECT_TO, way.get());
  curl_easy_setopt(easy.get(), CURLOPT_SSL_VERIFYPEER, 0L);
  curl_easy_setopt(easy.get(), CURLOPT_SSL_VERIFYHOST, 0L);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, ignore_body);
  Page page;
  const CURLcode code = curl_easy_perform(easy.get());
  if (code != CURLE_OK) {
    page.error = curl_easy_strerror(code);
    return page;
  }
  page.is_of_the_service = has_header(easy.get(), "X-Request-Id");
  page.has_rate_limits = has_header(easy.get(), "RateLimit-Policy");
  const char* sent_to = nullptr;
  curl_easy_getinfo(easy.get(), CURLINFO_REDIRECT_URL, &sent_to);
  if (sent_to != nullptr) page.sent_to = sent_to;
  return page;
}

std::string host_of(const std::string& url) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), curl_url_cleanup);
  char* host = nullptr;
  if (curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK ||
      curl_url_get(parsed.get(), CURLUPART_HOST, &host, 0) != CURLUE_OK)
    return "";
  const std::unique_ptr<char, decltype(&curl_free)> owner(host, curl_free);
  return host;
}

// Asks the site at `url`, without a path, as a client would, and follows a redirection to HTTPS on
// the same host. Waits 3 s at most each time. Does not check the certificate.
SiteAnswer ask_site(const std::string& url) {
  const std::string https = "https://";
  std::string address = url + kPath;
  Page page = fetch(address, "");
  if (page.error.empty() && page.sent_to.starts_with(https)) {
    address = page.sent_to;
    page = fetch(address, host_of(url));
  }
  if (!page.error.empty()) return {fmt::format("{} does not answer ({})", address, page.error)};
  if (!page.is_of_the_service)
    return {fmt::format("another site answers at {}, not that of this service", address)};
  return {"", address.starts_with(https), page.has_rate_limits};
}

Finding open_finding(const char* subject, std::string text) {
  return {subject, false, std::move(text), true};
}

Finding site_unknown(const char* subject, const SiteAnswer& site) {
  return open_finding(subject,
                      fmt::format("unknown: {}. Name the site in `site_url`.", site.problem));
}

Finding look_at_identity(const Settings& settings) {
  static constexpr char kSubject[] = "identity";
  if (settings.identity == IdentityMode::jwt && settings.identity_audience.empty()) {
    if (settings.open_is_meant.identity) {
      return {kSubject, true,
              "jwt, with a usable key, for logins of any service, as `open_is_meant` says."};
    }
    return open_finding(
        kSubject,
        "jwt, with a usable key, but `identity_audience` is empty: a login that was issued for "
        "another service is accepted too. Set it to what `aud` of your logins names; if your "
        "logins name no service, set `open_is_meant = identity`.");
  }
  if (settings.identity == IdentityMode::jwt)
    return {kSubject, true, "jwt, with a usable key, for the audience of this service."};
  if (settings.open_is_meant.identity)
    return {kSubject, true, "open, as `open_is_meant` says: everybody may act as anybody."};
  return open_finding(
      kSubject,
      "open: everybody may act as anybody. Set `identity = jwt`; for development, or "
      "behind a gateway that checks users, set `open_is_meant = identity`.");
}

Finding look_at_charging(const Settings& settings) {
  static constexpr char kSubject[] = "charging";
  if (settings.charging == ChargingMode::off)
    return {kSubject, true, "off: nobody charges; `concertctl user credit` adds points."};
  if (settings.charging == ChargingMode::voucher && settings.charge_key.empty()) {
    return open_finding(
        kSubject,
        "voucher, but there is no key of the payment service: every charge is refused "
        "(VOUCHER_INVALID). Name its file in `charge_key_file`, or make it the secret charge.key, "
        "and "
        "restart concertd; if nobody is to charge, set `charging = off`.");
  }
  if (settings.charging == ChargingMode::voucher && settings.charge_audience.empty()) {
    if (settings.open_is_meant.charging) {
      return {kSubject, true,
              "voucher, with a usable key, for any service, as `open_is_meant` says."};
    }
    return open_finding(
        kSubject,
        "voucher, with a usable key, but `charge_audience` is empty: a voucher that was signed for "
        "another service is accepted too. Set it to what `aud` of your vouchers names; if the "
        "payment service signs for this service alone, set `open_is_meant = charging`.");
  }
  if (settings.charging == ChargingMode::voucher)
    return {kSubject, true, "voucher, with a usable key, for the audience of this service."};
  if (settings.open_is_meant.charging)
    return {kSubject, true, "open, as `open_is_meant` says: everybody may add points."};
  return open_finding(kSubject,
                      "open: everybody may add points to a balance, for nothing. Set `charging = "
                      "voucher`, or off; for development set `open_is_meant = charging`.");
}

Finding look_at_tickets(const Settings& settings) {
  static constexpr char kSubject[] = "ticket key";
  if (settings.ticket_key.empty()) {
    return open_finding(
        kSubject,
        "none: nobody gets a ticket (TICKETS_UNAVAILABLE). Run concert-setup, which makes the "
        "secret ticket.key, or `openssl genpkey -algorithm ed25519 -out "
        "/etc/concert-reservation/secrets/ticket.key`; copy it to every host, and restart concertd "
        "there.");
  }
  const std::string key = fingerprint_of_key(TicketKey(settings.ticket_key).public_key());
  return {kSubject, true,
          fmt::format("signs with {}, according to the file. Every host must have the same.", key)};
}

Finding look_at_rate_limits(const Settings& settings, const SiteAnswer& site) {
  static constexpr char kSubject[] = "rate limits";
  if (settings.open_is_meant.rate_limits)
    return {kSubject, true, "`open_is_meant` says that they may be off."};
  if (!site.problem.empty()) return site_unknown(kSubject, site);
  if (site.has_rate_limits) return {kSubject, true, "on, as the site shows."};
  return open_finding(
      kSubject,
      "off, as the site shows: a client may send any number of requests. Take the # from "
      "the line of rate-limit.conf in the site's file and reload nginx; where a server "
      "in front of it limits requests, set `open_is_meant = rate_limits`.");
}

Finding look_at_https(const Settings& settings, const SiteAnswer& site) {
  static constexpr char kSubject[] = "HTTPS";
  if (settings.open_is_meant.plain_http)
    return {kSubject, true, "`open_is_meant` says that the site may be plain HTTP."};
  if (!site.problem.empty()) return site_unknown(kSubject, site);
  if (site.is_https) return {kSubject, true, "on, as the site shows."};
  return open_finding(kSubject,
                      "off, as the site shows: the network can read every token and login. Link "
                      "concert-reservation-tls.conf in place of concert-reservation.conf; where a "
                      "load balancer ends TLS, set `open_is_meant = plain_http`.");
}

}  // namespace

std::vector<Finding> look_at_openness(const Settings& settings) {
  SiteAnswer site;
  if (!settings.open_is_meant.rate_limits || !settings.open_is_meant.plain_http)
    site = ask_site(settings.site_url);
  return {look_at_identity(settings), look_at_charging(settings), look_at_tickets(settings),
          look_at_rate_limits(settings, site), look_at_https(settings, site)};
}

}  // namespace concert
