#include "cache/server_list.h"

#include <fmt/format.h>
#include <libmemcached/memcached.h>

#include <algorithm>
#include <sstream>
#include <stdexcept>

#include "base/server_address.h"
#include "base/wording.h"

namespace concert {
namespace {

// Throws std::invalid_argument that quotes the entry, which may be long, and says with `what` why
// it is wrong.
[[noreturn]] void refuse(const std::string& entry, const char* what) {
  throw std::invalid_argument(fmt::format("has an entry, `{}`, that {}", excerpt_of(entry), what));
}

CacheAddress parse_host_and_port(const std::string& entry) {
  constexpr std::uint16_t kDefaultPort = 11211;
  try {
    const HostPort parsed = HostPort::parse(entry, kDefaultPort);
    return {std::string(parsed.host), parsed.port};
  } catch (const std::invalid_argument& error) {
    refuse(entry, error.what());
  }
}

}  // namespace

std::string CacheAddress::text() const {
  const std::string shown = excerpt_of(place);
  return port == 0 ? shown : bracketed(shown) + ":" + std::to_string(port);
}

std::vector<CacheAddress> parse_cache_servers(const std::string& text) {
  std::vector<CacheAddress> servers;
  std::istringstream list(text);
  for (std::string server; std::getline(list, server, ',');) {
    server.erase(std::remove(server.begin(), server.end(), ' '), server.end());
    if (!server.empty() && server.front() == '/') {
      servers.push_back({server, 0});
      continue;
    }
    if (server.find(':') == std::string::npos || server.ends_with(']')) {
      refuse(server, "is neither host:port nor the path of a socket, which begins with a slash.");
    }
    servers.push_back(parse_host_and_port(server));
  }
  if (servers.size() > kMostCacheServers) {
    throw std::invalid_argument(
        fmt::format("names {} servers; the most are {}.", servers.size(), kMostCacheServers));
  }
  return servers;
}

void MemcachedFree::operator()(memcached_st* memcached) const { memcached_free(memcached); }

MemcachedHandle memcached_handle(const std::vector<CacheAddress>& servers) {
  MemcachedHandle memcached(memcached_create(nullptr));
  for (const CacheAddress& server : servers) {
    if (server.port == 0) {
      memcached_server_add_unix_socket(memcached.get(), server.place.c_str());
    } else {
      memcached_server_add(memcached.get(), server.place.c_str(), server.port);
    }
  }
  return memcached;
}

}  // namespace concert
