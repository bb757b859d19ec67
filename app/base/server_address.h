#pragma once

#include <sys/un.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace concert {

// A server as a setting names it: host:port, or the host alone. An IPv6 address is in brackets,
// with or without a port: [::1]:3306, [::1].
struct HostPort {
  std::string_view host;  // points into the parsed text; without brackets
  std::uint16_t port = 0;

  // Throws std::invalid_argument whose text completes "The text ...": "has an empty host name."
  static HostPort parse(std::string_view text, std::uint16_t default_port);
};

// The host as it is written before a port: an IPv6 address in brackets.
std::string bracketed(std::string_view host);

// The address of the unix socket at `path`; nothing if the path is too long for one.
std::optional<sockaddr_un> unix_address(const std::string& path);

}  // namespace concert
