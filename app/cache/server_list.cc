#include "cache/server_list.h"

#include <algorithm>
#include <sstream>

#include "base/host_port.h"

namespace concert {

std::string CacheAddress::text() const {
  return port == 0 ? place : place + ":" + std::to_string(port);
}

std::vector<CacheAddress> parse_cache_servers(const std::string& text) {
  constexpr std::uint16_t kDefaultPort = 11211;
  std::vector<CacheAddress> servers;
  std::istringstream list(text);
  for (std::string server; std::getline(list, server, ',');) {
    server.erase(std::remove(server.begin(), server.end(), ' '), server.end());
    if (!server.empty() && server.front() == '/') {
      servers.push_back({server, 0});
      continue;
    }
    const HostPort parsed = HostPort::parse(server, kDefaultPort);
    servers.push_back({std::string(parsed.host), parsed.port});
  }
  return servers;
}

}  // namespace concert
