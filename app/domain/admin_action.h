#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

#include "domain/instant.h"

namespace concert {

// A change that an administrator makes, for the record of them.
struct AdminAction {
  std::string who;   // login name and host: alice@web1
  std::string what;  // the command's words: payment refund
  std::string why;   // in the administrator's words; may be empty where nobody loses anything
};

// An action as it was recorded.
struct RecordedAction {
  std::int64_t id = 0;
  Instant at;
  AdminAction action;
  std::string subject;  // JSON: what was changed, by its ids
};

// A change that an administrator asked for and that cannot be made; nothing was changed. what()
// says why and what to do instead. Clients never see it: what they can see is a Refusal.
class ChangeRefused : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace concert
