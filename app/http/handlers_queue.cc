#include "http/body.h"
#include "http/etag.h"
#include "http/handler_support.h"
#include "http/handlers.h"
#include "http/to_json.h"
#include "store/queue/queue_store.h"

namespace concert {
namespace {

Response token_response(int status, const TokenAnswer& answer) {
  Response response = json(status, to_json(answer));
  if (answer.state == TokenState::waiting) {
    response.headers.emplace_back("Retry-After", std::to_string(answer.poll_after_s));
  }
  return response;
}

}  // namespace

Response post_token(App& app, const Request& request) {
  const auto subject = app.identity.subject(bearer(request));
  const UserId user = parse_user_id(parse_object(request));
  if (subject && *subject != user) throw Refusal(Reason::not_yours, "The login is another user's.");
  const auto result = app.issue_token.run(app.queue, user);
  return token_response(result.created ? 201 : 200, result.answer);
}

Response delete_token(App& app, const Request& request) {
  app.leave_queue.run(claims_of(app, request));
  return no_content();
}

Response get_token_refresh(App& app, const Request& request) {
  return token_response(200, app.refresh_token.run(app.queue, claims_of(app, request)));
}

Response get_queue(App& app, const Request& request) {
  return revalidated(request, json(200, to_json(QueueStore(app.backend.db).counts(app.queue))));
}

}  // namespace concert
