#pragma once

#include <cstdint>
#include <string>

#include "domain/instant.h"

namespace concert {

// A change that an administrator made, for the record that is kept of them.
struct AdminAction {
  std::string who;   // login name and host: alice@web1
  std::string what;  // the command's words: payment refund
  std::string why;   // in the administrator's words; may be empty where nobody loses anything
};

// One as it was recorded.
struct RecordedAction {
  std::int64_t id = 0;
  Instant at;
  AdminAction action;
  std::string subject;  // JSON: what was changed, by its ids
};

}  // namespace concert
