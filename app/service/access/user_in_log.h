#pragma once

#include <string>

#include "domain/user_id.h"

namespace concert {

// A user's name in the log: the same user has the same one, and without the key of queue tokens
// nobody can tell whose it is.
class UserInLog {
 public:
  explicit UserInLog(const std::string& token_key);

  // 16 hexadecimal digits.
  std::string text(const UserId& user) const;

 private:
  std::string key_;
};

}  // namespace concert
