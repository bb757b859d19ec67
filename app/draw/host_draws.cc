#include "draw/host_draws.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <cerrno>
#include <chrono>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "base/descriptor.h"
#include "base/log.h"
#include "base/steady_clock.h"
#include "draw/draw_file.h"

namespace concert {
namespace {

constexpr std::int64_t kWarnEvery_ms = 60'000;
constexpr std::int64_t kEntriesPerMs = 1000;

// The right to make a draw's file, which ends with the scope or with the process.
class DrawLock {
 public:
  DrawLock(const std::string& path, std::int64_t timeout_ms)
      : file_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR)) {
    if (file_.get() < 0)
      throw std::system_error(errno, std::generic_category(), "cannot open " + path);
    const std::int64_t give_up_ms = steady_ms() + timeout_ms;
    while (::flock(file_.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK && errno != EINTR)
        throw std::system_error(errno, std::generic_category(), "cannot lock " + path);
      if (steady_ms() >= give_up_ms)
        throw std::runtime_error(
            fmt::format("another process has held {} for {} ms", path, timeout_ms));
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }

 private:
  Descriptor file_;
};

}  // namespace

const Draw& HostDraws::of(QueueId queue, const DrawInput& input) {
  const Digest key = draw_key(input);
  const auto kept = kept_.find(queue);
  if (kept != kept_.end() && kept->second.key == key &&
      kept->second.draw.entries() == input.entries)
    return kept->second.draw;
  return kept_.insert_or_assign(queue, Kept{key, find(queue, input, key)}).first->second.draw;
}

Draw HostDraws::find(QueueId queue, const DrawInput& input, const Digest& key) {
  const std::string path = fmt::format("{}/draw-{}", folder_, queue.value);
  const DrawFile file(path, key, input.entries);
  if (const auto shared = file.open()) return *shared;
  std::optional<Draw> own;
  try {
    const DrawLock lock(path + ".lock", timeout_ms_ + input.entries / kEntriesPerMs);
    if (const auto shared = file.open()) return *shared;
    const std::int64_t begun_ms = steady_ms();
    own.emplace(input);
    file.replace(*own);
    log_info(fmt::format("drew queue {} in {} ms: {} entries, kept in {} for all processes.",
                         queue.value, steady_ms() - begun_ms, input.entries, path));
    if (const auto shared = file.open()) return *shared;
    throw std::runtime_error(fmt::format("{} is there, but cannot be read", path));
  } catch (const std::runtime_error& error) {
    warn(queue, error.what());
  }
  return own ? *own : Draw(input);
}

void HostDraws::warn(QueueId queue, const std::string& reason) {
  const std::int64_t now_ms = steady_ms();
  if (warned_ms_ && now_ms - *warned_ms_ < kWarnEvery_ms) return;
  warned_ms_ = now_ms;
  log_warning(
      fmt::format("cannot share the draw of queue {} ({}): the places are right, but this process "
                  "keeps them in memory of its own. Free space in {}, or correct its owner and "
                  "mode; then restart concertd.",
                  queue.value, reason, folder_));
}

}  // namespace concert
