#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/metrics.h"

namespace concert {

// What a maintenance pass did.
struct PassResult {
  std::size_t holds_expired = 0;
  std::size_t active_expired = 0;
  std::size_t waiting_expired = 0;
  std::int64_t admitted = 0;
  std::uint64_t pruned = 0;
};

// "admitted 3; expired 1 hold, ...": for the log.
std::string describe(const PassResult& did);

enum class PassOutcome { done, cut_short, failed };

// The figures that a pass of concert-cron reports to the concertd of its host, as one datagram to
// the report socket. Best effort: without a concertd there it is lost.
struct CronReport {
  PassOutcome outcome = PassOutcome::failed;
  std::int64_t duration_us = 0;
  std::int64_t ended_at_s = 0;
  PassResult did;
};

// The datagram: `cron 0 1200 1790000000 ...`, only the word and numbers.
std::string to_text(const CronReport& report);

// The datagram of a pass that uses the copy of the last good configuration, sent besides.
inline constexpr std::string_view kKeptConfigurationReport = "kept-configuration";

// Counts what `text` reports. Returns false, and counts nothing, if it is no such datagram.
bool count_report(std::string_view text, Metrics& metrics);

// The path of the report socket, which is in the folder of concertd's listening socket.
std::string report_socket_path(const std::string& listen_socket);

// Sends a datagram. Best effort: never waits, never fails.
void send_report(const std::string& socket, const std::string& text) noexcept;

}  // namespace concert
