#include "ctl/doctor/openness.h"

#include <fmt/format.h>

#include "ctl/doctor/site.h"

namespace concert {
namespace {

Finding open_finding(const char* subject, std::string text) {
  return {subject, false, std::move(text), true};
}

Finding look_at_identity(const Settings& settings) {
  static constexpr char kSubject[] = "identity";
  if (settings.identity == IdentityMode::jwt && settings.identity_audience.empty()) {
    return open_finding(
        kSubject,
        "jwt, with a usable key, but `identity_audience` is empty: a login that was issued for "
        "another service is taken too. Set it to what `aud` of your logins names.");
  }
  if (settings.identity == IdentityMode::jwt)
    return {kSubject, true, "jwt, with a usable key, for the audience of this service."};
  if (settings.open_is_meant.identity)
    return {kSubject, true, "open, which is meant: everybody may act as anybody."};
  return open_finding(
      kSubject,
      "open: everybody may act as anybody. Set `identity = jwt`; for development or "
      "behind a gateway that checks users say so: `open_is_meant = identity`.");
}

Finding look_at_rate_limits(const Settings& settings, const SiteAnswer& site) {
  static constexpr char kSubject[] = "rate limits";
  if (settings.open_is_meant.rate_limits)
    return {kSubject, true, "`open_is_meant` says that they may be off."};
  if (!site.problem.empty())
    return open_finding(
        kSubject, fmt::format("not known, for {}. Name the site in `site_url`.", site.problem));
  if (site.has_rate_limits) return {kSubject, true, "on, as the site says."};
  return open_finding(
      kSubject,
      "off, as the site says: one client may ask as often as it likes. Take the # "
      "from the line of rate-limit.conf in the site's file and reload nginx; where "
      "something in front of it limits them say so: `open_is_meant = rate_limits`.");
}

Finding look_at_https(const Settings& settings, const SiteAnswer& site) {
  static constexpr char kSubject[] = "HTTPS";
  if (settings.open_is_meant.plain_http)
    return {kSubject, true, "`open_is_meant` says that the site may be plain HTTP."};
  if (!site.problem.empty())
    return open_finding(
        kSubject, fmt::format("not known, for {}. Name the site in `site_url`.", site.problem));
  if (site.is_https) return {kSubject, true, "on, as the site says."};
  return open_finding(kSubject,
                      "off, as the site says: the network reads every token and login. Link "
                      "concert-reservation-tls.conf in place of concert-reservation.conf; where a "
                      "load balancer ends TLS say so: `open_is_meant = plain_http`.");
}

}  // namespace

std::vector<Finding> look_at_openness(const Settings& settings) {
  SiteAnswer site;
  if (!settings.open_is_meant.rate_limits || !settings.open_is_meant.plain_http)
    site = ask_site(settings.site_url);
  return {look_at_identity(settings), look_at_rate_limits(settings, site),
          look_at_https(settings, site)};
}

}  // namespace concert
