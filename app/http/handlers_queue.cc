#include "http/handlers.h"
#include "http/to_json.h"
#include "store/queue/queue_store.h"
#include "store/sale/concert_store.h"

namespace concert {
namespace {

Response token_response(int status, const TokenAnswer& answer) {
  Response response = json(status, to_json(answer));
  if (answer.state == TokenState::waiting) {
    response.headers.emplace_back("Retry-After", std::to_string(answer.poll_after_s));
  }
  return response;
}

// Refuses: concert_not_found.
QueueId queue_of(App& app, const TokenForm& form) {
  if (!form.concert) return kMainQueue;
  const auto queue = ConcertStore(app.backend.db).queue_of(*form.concert);
  if (!queue) throw Refusal(Reason::concert_not_found, "There is no such concert.");
  return *queue;
}

}  // namespace

TokenForm read_token_form(const Call& call) {
  const Json::Value object = parse_object(call.request);
  return {parse_user_id(object), parse_records_only(object), parse_concert_id(object)};
}

Response post_token(App& app, const Call& call, const TokenForm& form) {
  if (call.login && *call.login != form.user)
    throw Refusal(Reason::not_yours, "The login belongs to another user.");
  if (form.records_only) return json(201, to_json(app.records_tokens.issue(form.user)));
  const auto result = app.issue_token.run(queue_of(app, form), form.user);
  return token_response(result.created ? 201 : 200, result.answer);
}

Response delete_token(App& app, const Call& call) {
  if (call.claims().state == TokenState::records) {
    app.records_tokens.end(call.claims());
  } else {
    app.leave_queue.run(call.claims());
  }
  return no_content();
}

Response get_token_refresh(App& app, const Call& call) {
  return token_response(200, app.refresh_token.run(call.claims()));
}

Response get_queue(App& app, const Call& call) {
  return revalidated(call.request,
                     json(200, to_json(QueueStore(app.backend.db).counts(kMainQueue))));
}

QueueId read_queue(const Call& call) { return QueueId{call.path_id(0)}; }

Response get_one_queue(App& app, const Call& call, QueueId queue) {
  return kept_for_a_second(call.request, json(200, to_json(app.show_queue.run(queue))));
}

}  // namespace concert
