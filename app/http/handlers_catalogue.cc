#include <fmt/format.h>

#include "base/base64url.h"
#include "base/encoding.h"
#include "http/handlers.h"
#include "http/to_json.h"

namespace concert {
namespace {

constexpr std::size_t kLongestSearch = 100;

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

}  // namespace

CatalogueForm read_catalogue_form(const Call& call) {
  CatalogueForm form;
  form.limit = parse_limit(call.request);
  if (const auto text = parse_parameter(call.request, "after")) {
    form.after = read_place(*text);
    if (!form.after) refuse_page("after");
  }
  form.text = parse_parameter(call.request, "q");
  if (!form.text) return form;
  const bool is_text = is_utf8(*form.text) && !form.text->empty() && !is_blank(*form.text);
  if (!is_text || characters_of(*form.text) > kLongestSearch) {
    throw Refusal(Reason::field_invalid,
                  fmt::format("q is a text of 1 to {} characters.", kLongestSearch))
        .with_field("q");
  }
  return form;
}

Response get_site(App& app, const Call& call) {
  return kept_for_a_second(call.request, json(200, to_json(app.backend.settings)));
}

Response get_catalogue(App& app, const Call& call, const CatalogueForm& form) {
  const auto page = app.announcements.page(form.limit, form.after, form.text);
  Json::Value body = currency_json(app.backend.settings);
  body["concerts"] = Json::Value(Json::arrayValue);
  for (const AnnouncedConcert& concert : page.concerts)
    body["concerts"].append(to_json(concert, page.now));
  body["next"] = page.next ? Json::Value(text_of(*page.next)) : Json::Value();
  return kept_for_a_second(call.request, json(200, body));
}

Response get_announced_concert(App& app, const Call& call, ConcertId concert) {
  const auto page = app.announcements.show(concert);
  return kept_for_a_second(call.request, json(200, to_json(page.concerts.front(), page.now)));
}

}  // namespace concert
