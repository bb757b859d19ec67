#include "store/session/slow_watch.h"

#include <fmt/format.h>
#include <json/json.h>

#include <exception>

#include "base/log.h"

namespace concert {
namespace {

// On one line, and cut: a list of many ids makes a text of many question marks.
std::string shown(const std::string& sql) {
  constexpr std::size_t kMost = 1000;
  std::string text;
  for (const char c : sql) {
    const bool is_space = c == ' ' || c == '\n';
    if (text.size() == kMost) return text + " ...";
    if (!is_space) text += c;
    if (is_space && !text.empty() && text.back() != ' ') text += ' ';
  }
  return text;
}

}  // namespace

SlowWatch::SlowWatch(const std::string& sql, std::int64_t limit_ms, std::int64_t connection_id,
                     Metrics* metrics)
    : sql_(sql), limit_ms_(limit_ms), connection_id_(connection_id), metrics_(metrics) {}

SlowWatch::~SlowWatch() {
  const auto taken = std::chrono::steady_clock::now() - begun_;
  const auto taken_ms = std::chrono::duration_cast<std::chrono::milliseconds>(taken).count();
  if (limit_ms_ == 0 || taken_ms <= limit_ms_) return;
  try {
    tell(taken_ms);
  } catch (const std::exception&) {
    return;  // the statement matters more than its line
  }
}

void SlowWatch::tell(std::int64_t taken_ms) const {
  if (metrics_ != nullptr) metrics_->add(Metrics::database_slow_statements);
  Json::Value more(Json::objectValue);
  more["statement"] = shown(sql_);
  more["durationMs"] = static_cast<Json::Int64>(taken_ms);
  if (connection_id_ != 0) more["connectionId"] = static_cast<Json::Int64>(connection_id_);
  log_with(Severity::warning,
           fmt::format("a statement took {} ms, more than `slow_query_ms` ({}): it waited for a "
                       "lock, for the disk, or for want of an index. Look for long transactions in "
                       "SHOW PROCESSLIST; the database's own slow query log has it under this "
                       "connectionId.",
                       taken_ms, limit_ms_),
           more);
}

}  // namespace concert
