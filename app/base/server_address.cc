#include "base/server_address.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <cstring>
#include <stdexcept>

#include "base/parse_number.h"

namespace concert {
namespace {

bool is_ipv6(std::string_view host) {
  in6_addr address{};
  return ::inet_pton(AF_INET6, std::string(host).c_str(), &address) == 1;
}

// Removes the leading host from `text` and returns it.
std::string_view take_host(std::string_view& text) {
  const bool in_brackets = text.starts_with('[');
  const auto end = in_brackets ? text.find(']') : text.rfind(':');
  if (in_brackets && end == std::string_view::npos)
    throw std::invalid_argument("has an opening bracket without a closing one.");
  const std::string_view host = in_brackets ? text.substr(1, end - 1) : text.substr(0, end);
  text.remove_prefix(in_brackets ? end + 1 : host.size());
  if (in_brackets && !is_ipv6(host))
    throw std::invalid_argument("has something in brackets that is not an IPv6 address.");
  if (host.empty()) throw std::invalid_argument("has an empty host name.");
  if (!in_brackets && host.find(':') != std::string_view::npos) {
    throw std::invalid_argument(
        "has a colon in a host name. Put an IPv6 address in brackets: [::1]:PORT.");
  }
  return host;
}

}  // namespace

HostPort HostPort::parse(std::string_view text, std::uint16_t default_port) {
  const std::string_view host = take_host(text);
  if (text.empty()) return {host, default_port};
  const auto port =
      text.starts_with(':') ? parse_number<std::uint16_t>(text.substr(1), 1) : std::nullopt;
  if (!port) throw std::invalid_argument("has a port that is not a number from 1 to 65535.");
  return {host, *port};
}

std::string bracketed(std::string_view host) {
  return host.find(':') == std::string_view::npos ? std::string(host) : fmt::format("[{}]", host);
}

std::optional<sockaddr_un> unix_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) return std::nullopt;
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

}  // namespace concert
