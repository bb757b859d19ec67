#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace concert {

class HostChoice;

// Where the database is, and the account. Of several hosts Session takes the first that is
// writable.
struct DatabaseUrl {
  struct Host {
    std::string name;  // of an IPv6 address without brackets
    std::uint16_t port = 3306;

    // For messages.
    std::string place() const;
  };
  std::string user;
  std::string password;
  std::vector<Host> hosts;  // empty where `socket` is given
  std::string socket;
  std::string database;
  // Which of several hosts is in force, for all that have a copy of this; null where there is one.
  std::shared_ptr<HostChoice> choice;

  // Reads mysql://user:password@host:port,host:port/name or
  // mysql://user:password@/name?socket=PATH, percent-decoded. Throws std::invalid_argument with a
  // sentence that does not repeat the text, which holds a password.
  static DatabaseUrl parse(const std::string& text);

  // The same with only one of its hosts.
  DatabaseUrl only(std::size_t host) const;

  // For messages: where, without the password.
  std::string place() const;
};

}  // namespace concert
