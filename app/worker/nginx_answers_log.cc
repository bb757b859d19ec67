#include "worker/nginx_answers_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/log.h"

namespace concert {
namespace {

constexpr int kLooksAtMissing = 60;  // nginx makes the file when it starts

}  // namespace

NginxAnswersLog::NginxAnswersLog(std::string path, Metrics& metrics)
    : path_(std::move(path)), metrics_(metrics) {
  if (open()) ::lseek(fd_, 0, SEEK_END);
}

NginxAnswersLog::~NginxAnswersLog() { close(); }

bool NginxAnswersLog::open() {
  if (path_.empty()) return false;
  fd_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat found {};
  if (fd_ >= 0 && ::fstat(fd_, &found) == 0 && S_ISDIR(found.st_mode)) {
    ::close(fd_);
    fd_ = -1;
    errno = EISDIR;
  }
  if (fd_ >= 0) {
    missing_ = 0;
    return true;
  }
  if (!warned_ && (errno != ENOENT || ++missing_ > kLooksAtMissing)) {
    log_warning(
        fmt::format("cannot read {} ({}): /metrics lacks the answers of nginx itself; everything "
                    "else works. Check that `nginx_answers_log` names the file of `access_log` in "
                    "nginx's site, and: chmod 644 {}",
                    path_, std::strerror(errno), path_));
    warned_ = true;
  }
  return false;
}

void NginxAnswersLog::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
  digits_ = 0;
  status_ = 0;
}

bool NginxAnswersLog::is_rotated() const {
  struct stat mine {};
  struct stat now {};
  if (::fstat(fd_, &mine) != 0 || ::stat(path_.c_str(), &now) != 0) return false;
  return (mine.st_ino != now.st_ino || mine.st_dev != now.st_dev) && now.st_size > 0;
}

void NginxAnswersLog::take() {
  constexpr int kMostBlocks = 64;  // 1 MiB, a quarter of a million answers
  std::array<char, 16384> block{};
  if (fd_ < 0 && !open()) return;
  for (int i = 0; i < kMostBlocks; ++i) {
    const auto got = ::read(fd_, block.data(), block.size());
    for (ssize_t at = 0; at < got; ++at) count(block[static_cast<std::size_t>(at)]);
    if (got > 0) continue;
    struct stat mine {};
    if (::fstat(fd_, &mine) == 0 && mine.st_size < ::lseek(fd_, 0, SEEK_CUR)) {
      ::lseek(fd_, 0, SEEK_SET);
      continue;
    }
    if (leaving_) {
      leaving_ = false;
      close();
      if (!open()) return;
      continue;
    }
    leaving_ = is_rotated();
    return;
  }
}

void NginxAnswersLog::count(char byte) {
  constexpr int kDigits = 3;
  if (byte >= '0' && byte <= '9' && digits_ < kDigits) {
    status_ = status_ * 10 + (byte - '0');
    ++digits_;
    return;
  }
  if (byte != '\n') {
    digits_ = kDigits + 1;  // malformed
    return;
  }
  if (digits_ != kDigits || !metrics_.count_nginx_answer(status_))
    metrics_.add(Metrics::reports_malformed);
  digits_ = 0;
  status_ = 0;
}

}  // namespace concert
