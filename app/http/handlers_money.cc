#include "base/encoding.h"
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

}  // namespace

UserId read_own_user(const Call& call) { return call.own_path_user(0); }

PageRequest read_own_page(const Call& call) {
  call.own_path_user(0);
  return parse_page(call.request);
}

ChargeRequest read_charge(const Call& call) {
  call.own_path_user(0);
  const Json::Value object = parse_object(call.request);
  auto key = parse_idempotency_key(call.request, IdempotentRoute::charge);
  auto voucher = parse_voucher(object);
  return {parse_amount(object), std::move(voucher), std::move(key)};
}

PaymentId read_payment(const Call& call) { return PaymentId{call.path_id(0)}; }

std::vector<PaymentId> read_payments(const Call& call) {
  return parse_payment_ids(parse_object(call.request));
}

Response get_balance(App& app, const Call& call, const UserId& user) {
  return json(200, balance_json(user, app.balances.show(call.claims())));
}

Response get_ledger(App& app, const Call& call, const PageRequest& page) {
  const auto before = page.after ? std::optional(EntryNo{*page.after}) : std::nullopt;
  const auto entries = app.balances.ledger(call.claims(), before, page.limit + 1);
  return json(200, page_json("entries", entries, page.limit,
                             [](const LedgerEntry& e) { return e.number.value; }));
}

Response patch_charge(App& app, const Call& call, const ChargeRequest& charge) {
  auto answer = app.balances.charge(call.claims(), charge, [](const LedgerEntry& entry) {
    Json::Value body = balance_json(entry.user, entry.balance_after);
    body["entryId"] = static_cast<Json::Int64>(entry.number.value);
    return json_text(body);
  });
  return json(std::move(answer));
}

Response post_payment(App& app, const Call& call, PaymentId id) {
  const Payment payment = app.payments.pay(call.claims(), id);
  Response response = json(200, to_json(payment));
  return payment.is_replayed ? as_replay(std::move(response)) : response;
}

Response post_payments(App& app, const Call& call, const std::vector<PaymentId>& ids) {
  const std::vector<Payment> payments = app.payments.pay_all(call.claims(), ids);
  Response response = json(200, to_json(payments));
  return payments.front().is_replayed ? as_replay(std::move(response)) : response;
}

}  // namespace concert
