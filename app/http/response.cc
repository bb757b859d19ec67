#include "http/response.h"

#include "base/encoding.h"

namespace concert {

Response json(int status, std::string text) {
  return {status, "application/json", std::move(text), {}};
}

Response json(int status, const Json::Value& value) { return json(status, json_text(value)); }

Response json(StoredAnswer answer) {
  Response response = json(answer.status, std::move(answer.body));
  return answer.is_replayed ? as_replay(std::move(response)) : response;
}

Response as_replay(Response&& response) {
  return std::move(response).with("Idempotent-Replayed", "true");
}

Response no_content() { return {204, "", "", {}}; }

}  // namespace concert
