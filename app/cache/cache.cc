#include "cache/cache.h"

#include <fmt/format.h>
#include <libmemcached/memcached.h>

#include <algorithm>

#include "base/log.h"
#include "base/steady_clock.h"
#include "cache/server_list.h"
#include "domain/check.h"

namespace concert {
namespace {

constexpr std::int64_t kPause_ms = 1000;
constexpr std::uint64_t kTimeout_ms = 200;

time_t expiry(std::int64_t life_s) {
  // memcached takes 0 for "for ever" and more than 30 days for a date.
  return static_cast<time_t>(std::clamp<std::int64_t>(life_s, 1, 30LL * 24 * 3600));
}

}  // namespace

void Cache::Free::operator()(memcached_st* memcached) const { memcached_free(memcached); }

Cache::Cache(const std::string& servers, std::string prefix, Metrics* metrics)
    : prefix_(std::move(prefix)), metrics_(metrics) {
  for (const CacheServer& server : parse_cache_servers(servers)) {
    if (!memcached_) memcached_.reset(memcached_create(nullptr));
    if (server.port == 0) {
      memcached_server_add_unix_socket(memcached_.get(), server.place.c_str());
    } else {
      memcached_server_add(memcached_.get(), server.place.c_str(), server.port);
    }
  }
  if (!memcached_) return;
  memcached_behavior_set(memcached_.get(), MEMCACHED_BEHAVIOR_SUPPORT_CAS, 1);
  memcached_behavior_set(memcached_.get(), MEMCACHED_BEHAVIOR_TCP_NODELAY, 1);
  memcached_behavior_set(memcached_.get(), MEMCACHED_BEHAVIOR_CONNECT_TIMEOUT, kTimeout_ms);
  memcached_behavior_set(memcached_.get(), MEMCACHED_BEHAVIOR_POLL_TIMEOUT, kTimeout_ms);
  memcached_behavior_set(memcached_.get(), MEMCACHED_BEHAVIOR_SND_TIMEOUT, kTimeout_ms * 1000);
  memcached_behavior_set(memcached_.get(), MEMCACHED_BEHAVIOR_RCV_TIMEOUT, kTimeout_ms * 1000);
  memcached_behavior_set(memcached_.get(), MEMCACHED_BEHAVIOR_RETRY_TIMEOUT, 1);
  // Adding or losing one of several servers moves only that server's keys.
  memcached_behavior_set(memcached_.get(), MEMCACHED_BEHAVIOR_DISTRIBUTION,
                         MEMCACHED_DISTRIBUTION_CONSISTENT);
}

Cache::~Cache() = default;

bool Cache::away() const { return memcached_ != nullptr && steady_ms() < away_until_ms_; }

bool Cache::begin_call() {
  if (!memcached_ || away()) return false;
  ++round_trips_;
  if (metrics_ != nullptr) metrics_->add(Metrics::cache_round_trips);
  return true;
}

Cache::Outcome Cache::judge(int code) {
  const auto result = static_cast<memcached_return_t>(code);
  switch (result) {
    case MEMCACHED_SUCCESS:
    case MEMCACHED_STORED:
    case MEMCACHED_DELETED:
    case MEMCACHED_END: return Outcome::done;
    case MEMCACHED_NOTSTORED:
    case MEMCACHED_NOTFOUND:
    case MEMCACHED_DATA_EXISTS:
    case MEMCACHED_E2BIG: return Outcome::refused;
    default: break;
  }
  if (away_until_ms_ == 0) {
    log_warning(fmt::format(
        "memcached does not answer ({}); everything still works, only slower. Check that it "
        "runs and that `memcached_servers` is right.",
        memcached_strerror(memcached_.get(), result)));
  }
  if (metrics_ != nullptr) metrics_->add(Metrics::cache_errors);
  away_until_ms_ = steady_ms() + kPause_ms;
  // A connection that failed half way may still hold an answer that nobody waits for.
  memcached_quit(memcached_.get());
  return Outcome::away;
}

std::optional<Cache::Entries> Cache::fetch(const std::vector<std::string>& keys) {
  if (!begin_call()) return std::nullopt;
  std::vector<std::string> names;
  std::vector<const char*> pointers;
  std::vector<std::size_t> lengths;
  names.reserve(keys.size());
  for (const std::string& key : keys) names.push_back(full(key));
  for (const std::string& name : names) {
    pointers.push_back(name.data());
    lengths.push_back(name.size());
  }
  Entries found;
  auto code = memcached_mget(memcached_.get(), pointers.data(), lengths.data(), names.size());
  memcached_result_st result;
  memcached_result_create(memcached_.get(), &result);
  while (code == MEMCACHED_SUCCESS &&
         memcached_fetch_result(memcached_.get(), &result, &code) != nullptr) {
    const std::string name(memcached_result_key_value(&result),
                           memcached_result_key_length(&result));
    found[name.substr(prefix_.size())] = std::make_shared<Entry>(
        Entry{std::string(memcached_result_value(&result), memcached_result_length(&result)),
              memcached_result_cas(&result)});
  }
  memcached_result_free(&result);
  // No answer at all is NOTFOUND; a complete answer ends with END.
  if (judge(code) == Outcome::away) return std::nullopt;
  away_until_ms_ = 0;
  if (metrics_ != nullptr) {
    metrics_->add(Metrics::cache_hits, found.size());
    metrics_->add(Metrics::cache_misses, keys.size() - found.size());
  }
  return found;
}

void Cache::fetch_ahead(std::vector<std::string> keys) {
  forget_ahead();
  keys = distinct(std::move(keys));
  if (keys.empty()) return;
  const auto found = fetch(keys);
  if (!found) return;
  decltype(ahead_)::Answers answers;
  for (std::string& key : keys) {
    const auto entry = found->find(key);
    answers.emplace_back(std::move(key), entry == found->end() ? nullptr : entry->second);
  }
  ahead_.keep(std::move(answers));
}

std::optional<Cache::Entries> Cache::fetched_ahead(const std::vector<std::string>& keys) const {
  Entries found;
  for (const std::string& key : keys) {
    const auto* const entry = ahead_.find(key);
    if (entry == nullptr) return std::nullopt;
    if (*entry) found.emplace(key, *entry);
  }
  return found;
}

Cache::Entries Cache::get(const std::vector<std::string>& keys) {
  if (auto found = fetched_ahead(keys)) return *std::move(found);
  return fetch(keys).value_or(Entries{});
}

// What was fetched ahead of a key that is about to change must not be read again.
bool Cache::begin_change(const std::string& key) {
  ahead_.forget(key);
  return begin_call();
}

Cache::Outcome Cache::set(const std::string& key, const std::string& value, std::int64_t life_s) {
  if (!begin_change(key)) return Outcome::away;
  const std::string name = full(key);
  return judge(memcached_set(memcached_.get(), name.data(), name.size(), value.data(), value.size(),
                             expiry(life_s), 0));
}

Cache::Outcome Cache::add(const std::string& key, const std::string& value, std::int64_t life_s) {
  if (!begin_change(key)) return Outcome::away;
  const std::string name = full(key);
  return judge(memcached_add(memcached_.get(), name.data(), name.size(), value.data(), value.size(),
                             expiry(life_s), 0));
}

Cache::Outcome Cache::replace_unchanged(const std::string& key, const Entry& entry,
                                        std::int64_t life_s) {
  if (!begin_change(key)) return Outcome::away;
  const std::string name = full(key);
  return judge(memcached_cas(memcached_.get(), name.data(), name.size(), entry.value.data(),
                             entry.value.size(), expiry(life_s), 0, entry.version));
}

Cache::Outcome Cache::append(const std::string& key, const std::string& bytes) {
  if (!begin_change(key)) return Outcome::away;
  const std::string name = full(key);
  return judge(memcached_append(memcached_.get(), name.data(), name.size(), bytes.data(),
                                bytes.size(), 0, 0));
}

Cache::Outcome Cache::remove(const std::string& key) {
  if (!begin_change(key)) return Outcome::away;
  const std::string name = full(key);
  return judge(memcached_delete(memcached_.get(), name.data(), name.size(), 0));
}

}  // namespace concert
