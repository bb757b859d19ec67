#pragma once

#include <memory>
#include <vector>

#include "cache/server_list.h"

struct memcached_st;

namespace concert {

// libmemcached's handle of some servers. It connects to one at its first use.
struct MemcachedFree {
  void operator()(memcached_st* memcached) const;
};
using MemcachedHandle = std::unique_ptr<memcached_st, MemcachedFree>;

MemcachedHandle memcached_handle(const std::vector<CacheAddress>& servers);

}  // namespace concert
