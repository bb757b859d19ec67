#pragma once

#include <cstdint>
#include <string_view>

namespace concert {

// A server as a setting names it: host:port, or the host alone.
struct HostPort {
  std::string_view host;  // a part of what was parsed
  std::uint16_t port = 0;

  // Throws std::invalid_argument with the rest of a sentence about the text, which it does not
  // repeat.
  static HostPort parse(std::string_view text, std::uint16_t default_port);
};

}  // namespace concert
