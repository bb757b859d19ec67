#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/metrics.h"
#include "base/read_ahead.h"

struct memcached_st;

namespace concert {

// memcached, which is only ever a cache: while it is away nothing is found and nothing is kept, and
// no call throws. After a failure it is left alone for a second, so that a hanging server costs one
// request per second a fraction of a second, not every request.
class Cache {
 public:
  struct Entry {
    std::string value;
    std::uint64_t version = 0;  // for replace_unchanged()
  };
  // Shared: what was fetched ahead answers several calls, and a long line is not copied for each.
  using Entries = std::unordered_map<std::string, std::shared_ptr<const Entry>>;

  enum class Outcome { done, refused, away };

  // `servers`: as parse_cache_servers() takes them, and throws. `prefix` keeps the keys of two
  // services on one memcached apart.
  Cache(const std::string& servers, std::string prefix, Metrics* metrics);
  ~Cache();
  Cache(const Cache&) = delete;
  Cache& operator=(const Cache&) = delete;

  // What is there of `keys`, in one round trip; in none if fetch_ahead() brought all of them.
  Entries get(const std::vector<std::string>& keys);

  // Fetches what several calls of get() will ask for, in one round trip. It is forgotten at the
  // next call, after a few milliseconds, and key by key when this process changes one.
  void fetch_ahead(std::vector<std::string> keys);
  void forget_ahead() { ahead_.forget(); }

  // Lives are in whole seconds and at least 1.
  Outcome set(const std::string& key, const std::string& value, std::int64_t life_s);
  // Refused where the key exists.
  Outcome add(const std::string& key, const std::string& value, std::int64_t life_s);
  // Refused where the key changed since it was read with `version`, or is gone.
  Outcome replace_unchanged(const std::string& key, const Entry& entry, std::int64_t life_s);
  // Adds bytes to a value's end. Refused where the key does not exist.
  Outcome append(const std::string& key, const std::string& bytes);
  Outcome remove(const std::string& key);

  // Whether a server is configured, and whether the last call reached it.
  bool configured() const { return memcached_ != nullptr; }
  bool away() const;

  // Calls made so far.
  std::uint64_t round_trips() const { return round_trips_; }

 private:
  // Nothing while memcached is away.
  std::optional<Entries> fetch(const std::vector<std::string>& keys);
  // Nothing unless all of `keys` were fetched ahead.
  std::optional<Entries> fetched_ahead(const std::vector<std::string>& keys) const;
  Outcome judge(int code);
  bool begin_call();
  bool begin_change(const std::string& key);
  std::string full(const std::string& key) const { return prefix_ + key; }

  struct Free {
    void operator()(memcached_st* memcached) const;
  };
  std::unique_ptr<memcached_st, Free> memcached_;
  std::string prefix_;
  Metrics* metrics_;
  std::uint64_t round_trips_ = 0;
  std::int64_t away_until_ms_ = 0;
  ReadAhead<std::string, std::shared_ptr<const Entry>> ahead_;  // null: not there
};

}  // namespace concert
