#pragma once

#include <string>
#include <vector>

#include "support/http_client.h"
#include "support/stack.h"

namespace concert::test {

using Texts = std::vector<std::string>;

// A random UUID in lower case.
std::string new_uuid();

// The body {"userId": "<id>"}, sent to POST /token.
HttpRequest token_request(const std::string& user_id, const Headers& headers = {});

// A request to join the queue of a concert.
HttpRequest join_request(const std::string& user_id, std::int64_t concert);

// Asks for a token for the user's own records. Throws std::runtime_error if it gets none.
std::string records_token(HttpClient& client, const std::string& user_id);

// A user with a queue token, which it sends with every request. Not for two threads at once.
class TestUser {
 public:
  // Asks for a token. Throws std::runtime_error if it gets none.
  explicit TestUser(const Stack& stack, std::string user_id = new_uuid());

  const std::string& id() const { return id_; }
  const std::string& token() const { return token_; }
  // The answer to POST /token.
  const HttpResponse& issued() const { return issued_; }

  HttpResponse get(const std::string& path);
  HttpResponse del(const std::string& path);
  // A body that is given is JSON text.
  HttpResponse post(const std::string& path, const std::optional<std::string>& body = {},
                    const Headers& headers = {});

  HttpResponse charge(std::int64_t amount, const Headers& headers = {});
  // Sends `body` to the user's own charge.
  HttpResponse patch_charge(const std::string& body, const Headers& headers = {});
  HttpResponse hold(std::int64_t date, const std::vector<int>& seats, const Headers& headers = {});
  // POST /payment for a reservation as it was answered.
  HttpResponse pay(const HttpResponse& reservation);

  HttpResponse refresh() { return get("/token/refresh"); }
  HttpResponse leave() { return del("/token"); }
  // Asks POST /token again, and uses the new token if there is one.
  HttpResponse rejoin();

  std::int64_t balance();

  // Any request, with the token.
  HttpResponse send(HttpRequest request);

 private:
  HttpClient client_;
  std::string id_;
  HttpResponse issued_;
  std::string token_;
};

std::string token_status(const HttpResponse& answer);
// Of the reservation that was answered.
std::string path_of(const HttpResponse& reservation);

}  // namespace concert::test
