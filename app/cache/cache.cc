#include "cache/cache.h"

#include <libmemcached/memcached.h>

#include "domain/check.h"

namespace concert {

Cache::Cache(const std::string& servers, Seal seal, Metrics* metrics, std::int64_t timeout_ms)
    : seal_(std::move(seal)) {
  const std::vector<CacheAddress> addresses = parse_cache_servers(servers);
  for (const CacheAddress& address : addresses) servers_.emplace_back(address, metrics, timeout_ms);
  if (addresses.size() < 2) return;
  // If a server joins the list or leaves it, only its share of the keys moves.
  ring_ = memcached_handle(addresses);
  memcached_behavior_set(ring_.get(), MEMCACHED_BEHAVIOR_DISTRIBUTION,
                         MEMCACHED_DISTRIBUTION_CONSISTENT);
}

void Cache::use_installation(const std::string& id) {
  if (id == installation_) return;
  installation_ = id;
  forget_prefetched();
  found_good_.clear();
}

std::string Cache::kept(const std::string& key, const std::string& name,
                        const std::string& value) const {
  return is_open(key) ? value : seal_.close(name, value);
}

std::string Cache::opened(const std::string& key, const std::string& kept) {
  constexpr std::size_t kLong = 512;
  constexpr std::size_t kMostLong = 64;
  if (is_open(key)) return kept;
  const std::string name = full(key);
  const auto known = found_good_.find(name);
  if (known != found_good_.end() && known->second == kept) return Seal::value_of(kept);
  auto value = seal_.open(name, kept);
  if (!value) return "";
  if (kept.size() >= kLong) {
    if (found_good_.size() >= kMostLong) found_good_.clear();
    found_good_[name] = kept;
  }
  return *std::move(value);
}

std::size_t Cache::index_of(const std::string& name) const {
  return ring_ ? memcached_generate_hash(ring_.get(), name.data(), name.size()) : 0;
}

bool Cache::reaches(const std::string& key) const {
  return keeps() && !servers_[index_of(full(key))].away();
}

std::string Cache::place_of(const std::string& key) const {
  return servers_.empty() ? "" : servers_[index_of(full(key))].name();
}

std::uint64_t Cache::round_trips() const {
  std::uint64_t sum = 0;
  for (const CacheServer& server : servers_) sum += server.round_trips();
  return sum;
}

Cache::Entries Cache::fetch(const std::vector<std::string>& keys) {
  Entries found;
  if (!keeps()) return found;
  std::vector<std::vector<std::string>> names(servers_.size());
  for (const std::string& key : keys) {
    std::string name = full(key);
    names[index_of(name)].push_back(std::move(name));
  }
  // All servers are asked before the first answer is awaited.
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!names[i].empty()) servers_[i].ask(names[i]);
  }
  for (CacheServer& server : servers_) server.collect(full("").size(), found);
  for (auto& [key, entry] : found)
    entry = std::make_shared<Entry>(Entry{opened(key, entry->value), entry->version});
  return found;
}

void Cache::prefetch(std::vector<std::string> keys) {
  forget_prefetched();
  keys = distinct(std::move(keys));
  if (keys.empty() || !keeps()) return;
  const Entries found = fetch(keys);
  decltype(prefetched_)::Answers answers;
  for (std::string& key : keys) {
    const auto entry = found.find(key);
    answers.emplace_back(std::move(key), entry == found.end() ? nullptr : entry->second);
  }
  prefetched_.keep(std::move(answers));
}

std::optional<Cache::Entries> Cache::prefetched(const std::vector<std::string>& keys) const {
  Entries found;
  for (const std::string& key : keys) {
    const auto* const entry = prefetched_.find(key);
    if (entry == nullptr) return std::nullopt;
    if (*entry) found.emplace(key, *entry);
  }
  return found;
}

Cache::Entries Cache::get(const std::vector<std::string>& keys) {
  if (auto found = prefetched(keys)) return *std::move(found);
  return fetch(keys);
}

template <class Change>
Cache::Outcome Cache::change(const std::string& key, Change change) {
  // The entry that was prefetched is stale once the key changes.
  prefetched_.forget(key);
  if (!keeps()) return Outcome::away;
  const std::string name = full(key);
  return change(servers_[index_of(name)], name);
}

Cache::Outcome Cache::set(const std::string& key, const std::string& value, std::int64_t life_s) {
  return change(key, [&](CacheServer& server, const std::string& name) {
    return server.set(name, kept(key, name, value), life_s);
  });
}

Cache::Outcome Cache::add(const std::string& key, const std::string& value, std::int64_t life_s) {
  return change(key, [&](CacheServer& server, const std::string& name) {
    return server.add(name, kept(key, name, value), life_s);
  });
}

Cache::Outcome Cache::replace_unchanged(const std::string& key, const Entry& entry,
                                        std::int64_t life_s) {
  return change(key, [&](CacheServer& server, const std::string& name) {
    return server.replace_unchanged(name, {kept(key, name, entry.value), entry.version}, life_s);
  });
}

Cache::Outcome Cache::append(const std::string& key, const std::string& bytes) {
  check(is_open(key), "only open keys are appended to");
  return change(key, [&](CacheServer& server, const std::string& name) {
    return server.append(name, bytes);
  });
}

Cache::Outcome Cache::remove(const std::string& key) {
  return change(key,
                [&](CacheServer& server, const std::string& name) { return server.remove(name); });
}

}  // namespace concert
