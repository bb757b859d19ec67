#include "cache/cache_server.h"

#include <fmt/format.h>
#include <libmemcached/memcached.h>

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/steady_clock.h"

namespace concert {
namespace {

time_t expiry(std::int64_t life_s) {
  // memcached takes 0 for "for ever" and more than 30 days for a date.
  return static_cast<time_t>(std::clamp<std::int64_t>(life_s, 1, 30LL * 24 * 3600));
}

}  // namespace

CacheServer::CacheServer(const CacheAddress& address, Metrics* metrics, std::int64_t timeout_ms)
    : name_(address.text()),
      metrics_(metrics),
      timeout_ms_(timeout_ms),
      memcached_(memcached_handle({address})) {
  const auto set = [this](memcached_behavior_t behavior, std::uint64_t value) {
    memcached_behavior_set(memcached_.get(), behavior, value);
  };
  const auto wait_ms = static_cast<std::uint64_t>(timeout_ms);
  set(MEMCACHED_BEHAVIOR_SUPPORT_CAS, 1);
  set(MEMCACHED_BEHAVIOR_TCP_NODELAY, 1);
  set(MEMCACHED_BEHAVIOR_CONNECT_TIMEOUT, wait_ms);
  set(MEMCACHED_BEHAVIOR_POLL_TIMEOUT, wait_ms);
  set(MEMCACHED_BEHAVIOR_SND_TIMEOUT, wait_ms * 1000);
  set(MEMCACHED_BEHAVIOR_RCV_TIMEOUT, wait_ms * 1000);
  set(MEMCACHED_BEHAVIOR_RETRY_TIMEOUT, 1);
}

bool CacheServer::away() const { return steady_ms() < away_until_ms_; }

bool CacheServer::begin_call() {
  if (away()) return false;
  ++round_trips_;
  if (metrics_ != nullptr) metrics_->add(Metrics::cache_round_trips);
  return true;
}

CacheOutcome CacheServer::judge(int code) {
  const auto result = static_cast<memcached_return_t>(code);
  switch (result) {
    case MEMCACHED_SUCCESS:
    case MEMCACHED_STORED:
    case MEMCACHED_DELETED:
    case MEMCACHED_END: return CacheOutcome::done;
    case MEMCACHED_NOTSTORED:
    case MEMCACHED_NOTFOUND:
    case MEMCACHED_DATA_EXISTS: return CacheOutcome::refused;
    case MEMCACHED_E2BIG: return CacheOutcome::too_big;
    default: break;
  }
  if (away_until_ms_ == 0) {
    log_warning(fmt::format(
        "memcached does not answer at {} ({}); everything still works, only slower. Check that it "
        "runs and that `memcached_servers` is right.",
        name_, memcached_strerror(memcached_.get(), result)));
  }
  if (metrics_ != nullptr) metrics_->add(Metrics::cache_errors);
  away_until_ms_ = steady_ms() + 5 * timeout_ms_;
  // The connection may still hold the answer to the call that failed.
  memcached_quit(memcached_.get());
  return CacheOutcome::away;
}

void CacheServer::ask(const std::vector<std::string>& keys) {
  asked_ = 0;
  if (!begin_call()) return;
  std::vector<const char*> pointers;
  std::vector<std::size_t> lengths;
  pointers.reserve(keys.size());
  lengths.reserve(keys.size());
  for (const std::string& key : keys) {
    pointers.push_back(key.data());
    lengths.push_back(key.size());
  }
  const auto code =
      memcached_mget(memcached_.get(), pointers.data(), lengths.data(), pointers.size());
  if (judge(code) == CacheOutcome::done) asked_ = keys.size();
}

void CacheServer::collect(std::size_t prefix, CacheEntries& found) {
  if (asked_ == 0) return;
  std::size_t hits = 0;
  memcached_return_t code = MEMCACHED_SUCCESS;
  memcached_result_st result;
  memcached_result_create(memcached_.get(), &result);
  while (code == MEMCACHED_SUCCESS &&
         memcached_fetch_result(memcached_.get(), &result, &code) != nullptr) {
    const std::string key(memcached_result_key_value(&result),
                          memcached_result_key_length(&result));
    found[key.substr(prefix)] = std::make_shared<CacheEntry>(
        CacheEntry{std::string(memcached_result_value(&result), memcached_result_length(&result)),
                   memcached_result_cas(&result)});
    ++hits;
  }
  memcached_result_free(&result);
  const std::size_t asked = std::exchange(asked_, 0);
  // No answer at all is NOTFOUND; a complete answer ends with END.
  if (judge(code) == CacheOutcome::away) return;
  away_until_ms_ = 0;
  if (metrics_ != nullptr) {
    metrics_->add(Metrics::cache_hits, hits);
    metrics_->add(Metrics::cache_misses, asked - hits);
  }
}

CacheOutcome CacheServer::set(const std::string& key, const std::string& value,
                              std::int64_t life_s) {
  if (!begin_call()) return CacheOutcome::away;
  return judge(memcached_set(memcached_.get(), key.data(), key.size(), value.data(), value.size(),
                             expiry(life_s), 0));
}

CacheOutcome CacheServer::add(const std::string& key, const std::string& value,
                              std::int64_t life_s) {
  if (!begin_call()) return CacheOutcome::away;
  return judge(memcached_add(memcached_.get(), key.data(), key.size(), value.data(), value.size(),
                             expiry(life_s), 0));
}

CacheOutcome CacheServer::replace_unchanged(const std::string& key, const CacheEntry& entry,
                                            std::int64_t life_s) {
  if (!begin_call()) return CacheOutcome::away;
  return judge(memcached_cas(memcached_.get(), key.data(), key.size(), entry.value.data(),
                             entry.value.size(), expiry(life_s), 0, entry.version));
}

CacheOutcome CacheServer::append(const std::string& key, const std::string& bytes) {
  if (!begin_call()) return CacheOutcome::away;
  return judge(
      memcached_append(memcached_.get(), key.data(), key.size(), bytes.data(), bytes.size(), 0, 0));
}

CacheOutcome CacheServer::remove(const std::string& key) {
  if (!begin_call()) return CacheOutcome::away;
  return judge(memcached_delete(memcached_.get(), key.data(), key.size(), 0));
}

}  // namespace concert
