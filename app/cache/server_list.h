#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

struct memcached_st;

namespace concert {

// The address of a memcached server.
struct CacheAddress {
  std::string place;       // its host (an IPv6 address without brackets), or the path of its socket
  std::uint16_t port = 0;  // 0: a socket

  // host:port, or the socket's path.
  std::string text() const;
};

// libmemcached ends the program that waits for more at once.
inline constexpr std::size_t kMostCacheServers = 100;

// The servers that `memcached_servers` names: host:port or a socket's path, separated by commas;
// none if it is empty. Throws std::invalid_argument with the rest of a sentence about the setting.
std::vector<CacheAddress> parse_cache_servers(const std::string& text);

// libmemcached's handle of some servers. It connects to a server at its first use.
struct MemcachedFree {
  void operator()(memcached_st* memcached) const;
};
using MemcachedHandle = std::unique_ptr<memcached_st, MemcachedFree>;

MemcachedHandle memcached_handle(const std::vector<CacheAddress>& servers);

}  // namespace concert
