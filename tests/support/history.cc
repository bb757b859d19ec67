#include "support/history.h"

#include <fstream>
#include <memory>
#include <stdexcept>

#include "support/http_client.h"

namespace concert::test {

Json::Value Event::to_json() const {
  Json::Value json(Json::objectValue);
  json["user"] = user;
  json["kind"] = kind;
  json["token"] = token;
  json["about"] = about;
  json["key"] = key;
  json["begun"] = static_cast<Json::Int64>(begun_ms);
  json["ended"] = static_cast<Json::Int64>(ended_ms);
  json["status"] = status;
  json["code"] = code;
  json["answer"] = answer;
  return json;
}

Event Event::from_json(const Json::Value& json) {
  Event event;
  event.user = json["user"].asString();
  event.kind = json["kind"].asString();
  event.token = json["token"].asString();
  event.about = json["about"].asString();
  event.key = json["key"].asString();
  event.begun_ms = json["begun"].asInt64();
  event.ended_ms = json["ended"].asInt64();
  event.status = json["status"].asInt();
  event.code = json["code"].asString();
  event.answer = json["answer"];
  return event;
}

void write_history(const std::string& file, const History& history) {
  std::ofstream out(file);
  for (const Event& event : history) out << compact(event.to_json()) << '\n';
  if (!out.flush()) throw std::runtime_error("cannot write " + file);
}

History read_history(const std::string& file) {
  std::ifstream in(file);
  History history;
  const std::unique_ptr<Json::CharReader> reader(Json::CharReaderBuilder().newCharReader());
  for (std::string line; std::getline(in, line);) {
    Json::Value json;
    if (!reader->parse(line.data(), line.data() + line.size(), &json, nullptr))
      throw std::runtime_error("no event: " + line);
    history.push_back(Event::from_json(json));
  }
  return history;
}

}  // namespace concert::test
