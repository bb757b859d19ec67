#include "support/test_user.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <random>
#include <stdexcept>

namespace concert::test {

std::string new_uuid() {
  static thread_local std::mt19937_64 random{std::random_device{}()};
  const auto bits = random();
  return fmt::format("{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}", bits >> 32U, (bits >> 16U) & 0xFFFFU,
                     bits & 0xFFFU, random() & 0xFFFU, random() & 0xFFFFFFFFFFFFU);
}

HttpRequest token_request(const std::string& user_id, const Headers& headers) {
  HttpRequest request{"POST", "/token", headers, fmt::format(R"({{"userId": "{}"}})", user_id)};
  request.headers.emplace("Content-Type", "application/json");
  return request;
}

HttpRequest join_request(const std::string& user_id, std::int64_t concert) {
  HttpRequest request = token_request(user_id);
  request.body = fmt::format(R"({{"userId": "{}", "concertId": {}}})", user_id, concert);
  return request;
}

std::string records_token(HttpClient& client, const std::string& user_id) {
  HttpRequest request = token_request(user_id);
  request.body = fmt::format(R"({{"userId": "{}", "recordsOnly": true}})", user_id);
  const HttpResponse response = client.send(request);
  if (response.status != 201) throw std::runtime_error("no token for records: " + response.body);
  return response.json()["token"].asString();
}

TestUser::TestUser(const Stack& stack, std::string user_id)
    : client_(stack.client()), id_(std::move(user_id)) {
  issued_ = rejoin();
  if (token_.empty()) throw std::runtime_error("no token: " + issued_.body);
}

HttpResponse TestUser::rejoin() {
  HttpResponse response = client_.send(token_request(id_));
  if (response.status < 300) token_ = response.json()["token"].asString();
  return response;
}

HttpResponse TestUser::send(HttpRequest request) {
  request.headers.emplace("token", token_);
  return client_.send(request);
}

HttpResponse TestUser::get(const std::string& path) { return send({"GET", path}); }

HttpResponse TestUser::del(const std::string& path) { return send({"DELETE", path}); }

HttpResponse TestUser::post(const std::string& path, const std::optional<std::string>& body,
                            const Headers& headers) {
  HttpRequest request{"POST", path, headers, body.value_or("")};
  if (body) request.headers.emplace("Content-Type", "application/json");
  return send(std::move(request));
}

HttpResponse TestUser::charge(std::int64_t amount, const Headers& headers) {
  return patch_charge(fmt::format(R"({{"amount": {}}})", amount), headers);
}

HttpResponse TestUser::patch_charge(const std::string& body, const Headers& headers) {
  HttpRequest request{"PATCH", "/user/" + id_ + "/charge", headers, body};
  request.headers.emplace("Content-Type", "application/json");
  return send(std::move(request));
}

HttpResponse TestUser::hold(std::int64_t date, const std::vector<int>& seats,
                            const Headers& headers) {
  return post(
      "/reservation",
      fmt::format(R"({{"concertDateId": {}, "seatNumbers": [{}]}})", date, fmt::join(seats, ", ")),
      headers);
}

HttpResponse TestUser::pay(const HttpResponse& reservation) {
  return post("/payment/" + reservation.json()["paymentId"].asString());
}

std::int64_t TestUser::balance() {
  const HttpResponse answer = get("/client/" + id_ + "/balance");
  if (answer.status != 200) throw std::runtime_error("no balance: " + answer.body);
  return answer.json()["balance"].asInt64();
}

std::string token_status(const HttpResponse& answer) { return answer.json()["status"].asString(); }

std::string path_of(const HttpResponse& reservation) {
  return "/reservation/" + reservation.json()["reservationId"].asString();
}

}  // namespace concert::test
