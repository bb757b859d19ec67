#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/prefetched.h"
#include "cache/cache_server.h"
#include "cache/seal.h"

namespace concert {

// How much later another process may estimate the database's time than this one. An entry of a time
// that is later than this allows is not believed.
inline constexpr std::int64_t kClocksDiffer_ms = 1000;

// memcached, which is only ever a cache: while it is away nothing is found and nothing is kept, and
// no call throws. Each of several servers has its share of the keys and is away by itself. Its keys
// go to no other server meanwhile, so that no two processes see two values of one key.
// Entries are sealed: an entry that this service did not write under its key reads as empty. Keys
// that begin with kOpen are not sealed, so that several processes can append to one entry. Any
// client of memcached can write such an entry, so no answer may rely on it.
class Cache {
 public:
  using Entry = CacheEntry;
  using Entries = CacheEntries;
  using Outcome = CacheOutcome;

  static constexpr char kOpen = '+';

  // `servers`: as parse_cache_servers() takes them; throws as it does.
  Cache(const std::string& servers, Seal seal, Metrics* metrics,
        std::int64_t timeout_ms = kCacheTimeout_ms);

  // The id of the installation, which keeps the entries of two installations on one memcached
  // apart. While it is empty, as at first, nothing is found and nothing is kept.
  void use_installation(const std::string& id);
  bool knows_installation() const { return !installation_.empty(); }

  // The entries of `keys` that exist, in one round trip to each server that has some; in none if
  // prefetch() brought all.
  Entries get(const std::vector<std::string>& keys);

  // Fetches what several calls of get() will ask for, as get() does. It is forgotten at the next
  // call, after a few milliseconds, and key by key when this process changes one.
  void prefetch(std::vector<std::string> keys);
  void forget_prefetched() { prefetched_.forget(); }

  // Lives are in whole seconds and at least 1.
  Outcome set(const std::string& key, const std::string& value, std::int64_t life_s);
  // Refused if the key exists.
  Outcome add(const std::string& key, const std::string& value, std::int64_t life_s);
  // Refused if the key changed since it was read with the entry's version, or is gone.
  Outcome replace_unchanged(const std::string& key, const Entry& entry, std::int64_t life_s);
  // Adds bytes to the end of an open key's value. Refused if the key does not exist.
  Outcome append(const std::string& key, const std::string& bytes);
  Outcome remove(const std::string& key);

  bool configured() const { return !servers_.empty(); }
  // Whether a server has this key, and the last call reached it; false while nothing is kept.
  bool reaches(const std::string& key) const;
  // Where that server is, for the administrator.
  std::string place_of(const std::string& key) const;

  // For the commands that ask each server.
  std::vector<CacheServer>& servers() { return servers_; }

  // Calls made to all servers so far.
  std::uint64_t round_trips() const;

 private:
  Entries fetch(const std::vector<std::string>& keys);
  // Nothing unless all of `keys` were prefetched.
  std::optional<Entries> prefetched(const std::vector<std::string>& keys) const;
  template <class Change>
  Outcome change(const std::string& key, Change change);
  bool keeps() const { return !servers_.empty() && knows_installation(); }
  std::string full(const std::string& key) const { return installation_ + ':' + key; }
  // Which of the servers has the key of this full name.
  std::size_t index_of(const std::string& name) const;

  static bool is_open(const std::string& key) { return key.front() == kOpen; }
  std::string kept(const std::string& key, const std::string& name, const std::string& value) const;
  std::string opened(const std::string& key, const std::string& kept);

  Seal seal_;
  std::string installation_;
  std::vector<CacheServer> servers_;
  MemcachedHandle ring_;  // tells where keys are, and never connects; null unless there are several
  Prefetched<std::string, std::shared_ptr<const Entry>> prefetched_;  // null: not there
  // Long entries by name, as they were when their seal was last found good: all polls read the same
  // few, and a seal takes time.
  std::unordered_map<std::string, std::string> found_good_;
};

}  // namespace concert
