#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "base/steady_clock.h"

namespace concert {

// What was read for all requests of a round at once. All of them had come before it was read, so
// each may be answered by it; it ends with the round, or after a few milliseconds.
template <class Key, class Found>
class Prefetched {
 public:
  using Answers = std::vector<std::pair<Key, Found>>;

  // Each key at most once, in any order.
  void keep(Answers answers) {
    answers_ = std::move(answers);
    std::sort(answers_.begin(), answers_.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    read_ms_ = steady_ms();
  }
  void forget() { answers_.clear(); }
  void forget(const Key& key) {
    const auto at = place_of(key);
    if (at != answers_.end() && at->first == key) answers_.erase(at);
  }

  // Nothing where `key` was not prefetched.
  const Found* find(const Key& key) const {
    constexpr std::int64_t kLife_ms = 50;
    if (answers_.empty() || steady_ms() - read_ms_ > kLife_ms) return nullptr;
    const auto at = place_of(key);
    return at == answers_.end() || at->first != key ? nullptr : &at->second;
  }

 private:
  auto place_of(const Key& key) const {
    return std::lower_bound(answers_.begin(), answers_.end(), key,
                            [](const auto& answer, const Key& k) { return answer.first < k; });
  }

  Answers answers_;
  std::int64_t read_ms_ = 0;
};

// `keys` without repetitions, at most `most` of them.
template <class Key>
std::vector<Key> distinct(std::vector<Key> keys,
                          std::size_t most = std::numeric_limits<std::size_t>::max()) {
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  if (keys.size() > most) keys.resize(most);
  return keys;
}

}  // namespace concert
