#include "base/host_port.h"

#include <charconv>
#include <stdexcept>

namespace concert {

HostPort HostPort::parse(std::string_view text, std::uint16_t default_port) {
  HostPort parsed{text, default_port};
  const auto colon = text.rfind(':');
  if (colon != std::string_view::npos) {
    parsed.host = text.substr(0, colon);
    const char* const end = text.data() + text.size();
    const auto result = std::from_chars(text.data() + colon + 1, end, parsed.port);
    if (result.ec != std::errc() || result.ptr != end || parsed.port == 0) {
      throw std::invalid_argument("has a port that is not a number from 1 to 65535.");
    }
  }
  if (parsed.host.empty()) throw std::invalid_argument("has an empty host name.");
  if (parsed.host.find(':') != std::string_view::npos) {
    throw std::invalid_argument("has a colon in a host name. Give an IPv6 address by its name.");
  }
  return parsed;
}

}  // namespace concert
