#include "cache/memcached_handle.h"

#include <libmemcached/memcached.h>

namespace concert {

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
