#include "base/encoding.h"
#include "http/body.h"
#include "http/handler_support.h"
#include "http/handlers.h"
#include "http/to_json.h"

namespace concert {
namespace {

Json::Value balance_json(const UserId& user, Points balance) {
  Json::Value json(Json::objectValue);
  json["userId"] = user.text();
  json["balance"] = static_cast<Json::Int64>(balance);
  return json;
}

struct ChargeForm {
  Points amount = 0;
  std::optional<IdempotencyKey> key;
};

ChargeForm parse_charge(const Request& request) {
  const Json::Value object = parse_object(request);
  auto key = parse_idempotency_key(request, IdempotentRoute::charge);
  return {parse_amount(object), std::move(key)};
}

}  // namespace

Response get_balance(App& app, const Request& request) {
  const TokenClaims claims = claims_of(app, request);
  read_form(app, claims, [&] { require_own_path(claims, request, 0); });
  return json(200, balance_json(claims.user, app.balances.show(claims)));
}

Response get_ledger(App& app, const Request& request) {
  const TokenClaims claims = claims_of(app, request);
  const PageRequest page = read_own_form(app, claims, [&] {
    require_own_path(claims, request, 0);
    return parse_page(request);
  });
  const auto before = page.after ? std::optional(EntryNo{*page.after}) : std::nullopt;
  const auto entries = app.balances.ledger(claims, before, page.limit + 1);
  return json(200, page_json("entries", entries, page.limit,
                             [](const LedgerEntry& e) { return e.number.value; }));
}

Response patch_charge(App& app, const Request& request) {
  const TokenClaims claims = claims_of(app, request);
  const ChargeForm form = read_form(app, claims, [&] {
    require_own_path(claims, request, 0);
    return parse_charge(request);
  });
  auto answer = app.balances.charge(claims, form.amount, form.key, [](const LedgerEntry& entry) {
    Json::Value body = balance_json(entry.user, entry.balance_after);
    body["entryId"] = static_cast<Json::Int64>(entry.number.value);
    return json_text(body);
  });
  return json(std::move(answer));
}

Response post_payment(App& app, const Request& request) {
  const TokenClaims claims = claims_of(app, request);
  const PaymentId id{read_form(app, claims, [&] { return path_id(request, 0); })};
  const Payment payment = app.payments.pay(claims, id);
  Response response = json(200, to_json(payment));
  return payment.is_replayed ? as_replay(std::move(response)) : response;
}

}  // namespace concert
