#pragma once

#include <string>
#include <string_view>

namespace concert {

enum class IdempotentRoute { charge, reservation };

inline std::string_view to_text(IdempotentRoute route) {
  return route == IdempotentRoute::charge ? "CHARGE" : "RESERVATION";
}

// A client's Idempotency-Key, with a fingerprint (SHA-256) of the body it came with.
struct IdempotencyKey {
  IdempotentRoute route = IdempotentRoute::charge;
  std::string text;
  std::string fingerprint;
};

struct StoredAnswer {
  std::string fingerprint;
  int status = 200;
  std::string body;
  bool is_replayed = false;  // an earlier request earned it
};

}  // namespace concert
