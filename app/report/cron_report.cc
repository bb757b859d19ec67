#include "report/cron_report.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "base/parse_number.h"
#include "base/server_address.h"
#include "base/wording.h"
#include "report/counters.h"

namespace concert {
namespace {

constexpr std::string_view kWord = "cron";
constexpr std::size_t kNumbers = 8;

}  // namespace

std::string describe(const PassResult& did) {
  const auto count = [](std::size_t number, std::string_view noun) {
    return count_of(static_cast<std::int64_t>(number), noun);
  };
  return fmt::format("admitted {}; expired {}, {} and {}; pruned {}.", did.admitted,
                     count(did.holds_expired, "hold"), count(did.active_expired, "active token"),
                     count(did.waiting_expired, "waiting token"), count(did.pruned, "row"));
}

std::string to_text(const CronReport& report) {
  const PassResult& did = report.did;
  return fmt::format("{} {} {} {} {} {} {} {} {}", kWord, static_cast<int>(report.outcome),
                     report.duration_us, report.ended_at_s, did.admitted, did.holds_expired,
                     did.active_expired, did.waiting_expired, did.pruned);
}

bool count_report(std::string_view text, Metrics& metrics) {
  if (text == kKeptConfigurationReport) {
    metrics.add_to_cell(cron_kept_configuration, 1);
    return true;
  }
  if (!text.starts_with(kWord)) return false;
  text.remove_prefix(kWord.size());
  std::array<std::uint64_t, kNumbers> numbers{};
  for (std::uint64_t& number : numbers) {
    if (text.empty() || text.front() != ' ') return false;
    text.remove_prefix(1);
    const auto read = take_number<std::uint64_t>(text);
    if (!read) return false;
    number = *read;
  }
  if (!text.empty() || numbers[0] > cron_failed - cron_done) return false;
  metrics.add_to_cell(cron_done + numbers[0], 1);
  metrics.add_to_cell(cron_pass_time_us, numbers[1]);
  metrics.set_cell(cron_last_pass_us, numbers[1]);
  if (numbers[0] == 0) metrics.set_cell(cron_last_success_s, numbers[2]);
  for (std::size_t i = 3; i < kNumbers; ++i) metrics.add_to_cell(cron_admitted + i - 3, numbers[i]);
  return true;
}

std::string report_socket_path(const std::string& listen_socket) {
  const auto slash = listen_socket.rfind('/');
  const std::string folder = slash == std::string::npos ? "" : listen_socket.substr(0, slash + 1);
  return folder + "events.sock";
}

void send_report(const std::string& socket, const std::string& text) noexcept {
  const auto address = unix_address(socket);
  if (!address) return;
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return;
  [[maybe_unused]] const auto sent =
      ::sendto(fd, text.data(), text.size(), MSG_NOSIGNAL,
               reinterpret_cast<const sockaddr*>(&*address), sizeof *address);
  ::close(fd);
}

}  // namespace concert
