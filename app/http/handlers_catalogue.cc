#include <fmt/format.h>

#include "base/base64url.h"
#include "base/encoding.h"
#include "http/handlers.h"
#include "http/to_json.h"

namespace concert {
namespace {

constexpr std::int64_t kMostPerPage = 100;
constexpr std::size_t kLongestSearch = 100;

[[noreturn]] void refuse_field(const char* field, const std::string& detail) {
  throw Refusal(Reason::field_invalid, detail).with_field(field);
}

std::string text_of(const CataloguePlace& place) {
  return base64url(fmt::format("{}.{}", place.next_starts_at.ms, place.concert.value));
}

std::optional<CataloguePlace> read_place(const std::string& text) {
  const auto plain = from_base64url(text);
  const auto dot = plain ? plain->find('.') : std::string::npos;
  if (dot == std::string::npos) return std::nullopt;
  const auto at_ms = parse_positive(plain->substr(0, dot));
  const auto concert = parse_positive(plain->substr(dot + 1));
  if (!at_ms || !concert) return std::nullopt;
  return CataloguePlace{Instant{*at_ms}, ConcertId{*concert}};
}

Json::Value url_or_null(const std::string& url) {
  return url.empty() ? Json::Value() : Json::Value(url);
}

const char* word_of(ChargingMode mode) {
  if (mode == ChargingMode::voucher) return "voucher";
  return mode == ChargingMode::off ? "off" : "open";
}

}  // namespace

CatalogueForm read_catalogue_form(const Call& call) {
  CatalogueForm form;
  if (const auto text = parse_parameter(call.request, "limit")) {
    const auto limit = parse_positive(*text);
    if (!limit || *limit > kMostPerPage) refuse_field("limit", "limit is from 1 to 100.");
    form.limit = *limit;
  }
  if (const auto text = parse_parameter(call.request, "after")) {
    form.after = read_place(*text);
    if (!form.after) refuse_field("after", "after is the `next` of the previous page.");
  }
  form.text = parse_parameter(call.request, "q");
  if (!form.text) return form;
  const bool is_text = is_utf8(*form.text) && !form.text->empty() && !is_blank(*form.text);
  if (!is_text || characters_of(*form.text) > kLongestSearch)
    refuse_field("q", fmt::format("q is a text of 1 to {} characters.", kLongestSearch));
  return form;
}

Response get_site(App& app, const Call& call) {
  const Settings& settings = app.backend.settings;
  Json::Value site(Json::objectValue);
  site["currency"] = settings.currency;
  site["currencyDecimals"] = static_cast<Json::Int64>(settings.currency_decimals);
  site["identity"] = settings.identity == IdentityMode::jwt ? "jwt" : "open";
  site["loginUrl"] = url_or_null(settings.login_url);
  site["charging"] = word_of(settings.charging);
  site["chargeUrl"] = url_or_null(settings.charge_url);
  for (const char* language : {"en", "ko"}) site["languages"].append(language);
  return kept_for_a_second(call.request, json(200, site));
}

Response get_catalogue(App& app, const Call& call, const CatalogueForm& form) {
  const auto page = app.announcements.page(form.limit, form.after, form.text);
  Json::Value body(Json::objectValue);
  body["currency"] = app.backend.settings.currency;
  body["currencyDecimals"] = static_cast<Json::Int64>(app.backend.settings.currency_decimals);
  body["concerts"] = Json::Value(Json::arrayValue);
  for (const AnnouncedConcert& concert : page.concerts)
    body["concerts"].append(to_json(concert, page.now, app.queue));
  body["next"] = page.next ? Json::Value(text_of(*page.next)) : Json::Value();
  return kept_for_a_second(call.request, json(200, body));
}

Response get_announced_concert(App& app, const Call& call, ConcertId concert) {
  const auto page = app.announcements.show(concert);
  return kept_for_a_second(call.request,
                           json(200, to_json(page.concerts.front(), page.now, app.queue)));
}

}  // namespace concert
