#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/metrics.h"
#include "cache/server_list.h"

namespace concert {

struct CacheEntry {
  std::string value;
  std::uint64_t version = 0;  // for replace_unchanged()
};
// Shared, because an entry that was prefetched answers several calls, and a long one is not
// copied for each.
using CacheEntries = std::unordered_map<std::string, std::shared_ptr<const CacheEntry>>;

enum class CacheOutcome { done, refused, too_big, away };

// How long a call waits for memcached's answer.
inline constexpr std::int64_t kCacheTimeout_ms = 200;

// One memcached server. No call throws. After a failure no call is made for five times the timeout,
// so that a hanging server delays one request in a second, not every request.
class CacheServer {
 public:
  CacheServer(const CacheAddress& address, Metrics* metrics, std::int64_t timeout_ms);

  // Its address, as the log and the administrator's commands name it.
  const std::string& name() const { return name_; }
  // Whether no call is made at this moment, after a failure.
  bool away() const;
  // Calls made so far.
  std::uint64_t round_trips() const { return round_trips_; }

  // Asks for `keys`; collect() waits for the answer and adds the entries that exist to `found`,
  // under the keys less their first `prefix` bytes. A server that is away has none.
  void ask(const std::vector<std::string>& keys);
  void collect(std::size_t prefix, CacheEntries& found);

  // As the calls of Cache.
  CacheOutcome set(const std::string& key, const std::string& value, std::int64_t life_s);
  CacheOutcome add(const std::string& key, const std::string& value, std::int64_t life_s);
  CacheOutcome replace_unchanged(const std::string& key, const CacheEntry& entry,
                                 std::int64_t life_s);
  CacheOutcome append(const std::string& key, const std::string& bytes);
  CacheOutcome remove(const std::string& key);

 private:
  bool begin_call();
  CacheOutcome judge(int code);

  std::string name_;
  Metrics* metrics_;
  std::int64_t timeout_ms_;
  MemcachedHandle memcached_;
  std::uint64_t round_trips_ = 0;
  std::int64_t away_until_ms_ = 0;
  std::size_t asked_ = 0;  // keys whose answer is to be collected
};

}  // namespace concert
