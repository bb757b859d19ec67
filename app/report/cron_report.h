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

enum class PassOutcome { done, cut_short, failed };

// What a pass of concert-cron tells the concertd of its host. It goes as one datagram to the events
// socket; with no concertd there it is lost, and nothing waits for it.
struct CronReport {
  PassOutcome outcome = PassOutcome::failed;
  std::int64_t duration_us = 0;
  std::int64_t ended_at_s = 0;
  PassResult did;
};

// `cron 0 1200 1790000000 ...`: nothing but the word and numbers.
std::string to_text(const CronReport& report);

// What a pass tells besides that went on with the copy of the last good configuration.
inline constexpr std::string_view kKeptConfigurationReport = "kept-configuration";

// Counts what `text` reports. False, and nothing counted, if it is neither
// that word nor what to_text() makes.
bool count_report(std::string_view text, Metrics& metrics);

// The events socket stands beside the socket that concertd listens at.
std::string events_socket(const std::string& listen_socket);

// Sends the text, never waits, never fails.
void send_event(const std::string& socket, const std::string& text) noexcept;

}  // namespace concert
