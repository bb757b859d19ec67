// How the three programs read their file: the file is the input.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "base/settings_source.h"
#include "domain/points.h"
#include "domain/seat.h"
#include "fuzz/property.h"
#include "settings/settings.h"

namespace concert::fuzz {
namespace {

const std::string kSecret = "Xq7Zk3Vw9";

// A file in memory.
class MemoryFile {
 public:
  explicit MemoryFile(const char* name) : fd_(::memfd_create(name, MFD_CLOEXEC)) {
    require(fd_ >= 0, "there is a file in memory");
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() { ::close(fd_); }

  void write(std::string_view text) const {
    require(::ftruncate(fd_, 0) == 0, "the file can be emptied");
    require(::pwrite(fd_, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()),
            "the file can be written");
  }
  std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }

 private:
  int fd_;
};

// The environment names the key files, so that an input opens no file of this machine.
void name_key_files() {
  static const MemoryFile key("key");
  key.write(std::string(48, 'k') + "\n");
  ::setenv("CONCERT_TOKEN_KEY_FILE", key.path().c_str(), 1);
  static const MemoryFile identity_key("identity key");
  identity_key.write(std::string(48, 'i') + "\n");
  ::setenv("CONCERT_IDENTITY_KEY_FILE", identity_key.path().c_str(), 1);
  static const MemoryFile charge_key("charge key");
  charge_key.write(std::string(48, 'c') + "\n");
  ::setenv("CONCERT_CHARGE_KEY_FILE", charge_key.path().c_str(), 1);
  ::setenv("CONCERT_ACCEPTED_TOKEN_KEY_FILE", "", 1);
}

bool within(std::int64_t value, std::int64_t least, std::int64_t most) {
  return value >= least && value <= most;
}

void require_settings(const Settings& settings) {
  constexpr std::int64_t kDay_s = 86'400;
  constexpr std::int64_t kMany = 1'000'000'000;
  require(within(settings.hold_seconds, 1, kDay_s), "hold_seconds is in range");
  require(within(settings.hold_longest_seconds, settings.hold_seconds, kDay_s),
          "hold_longest_seconds is in range");
  require(within(settings.active_seconds, 1, kDay_s), "active_seconds is in range");
  require(within(settings.waiting_seconds, 1, kDay_s), "waiting_seconds is in range");
  require(within(settings.active_limit, 1, kMany), "active_limit is in range");
  require(within(settings.admit_per_pass, 1, kMany), "admit_per_pass is in range");
  require(within(settings.admit_interval_seconds, 0, 86'400), "admit_interval_seconds is in range");
  require(within(settings.holds_per_visit, 1, 1'000'000), "holds_per_visit is in range");
  require(within(settings.seat_limit, 1, kMaxHeldSeats), "seat_limit is in range");
  require(within(settings.balance_limit, 1, kMaxPoints), "balance_limit is in range");
  require(within(settings.dates_cache_seconds, 1, 30 * kDay_s), "dates_cache_seconds is in range");
  require(within(settings.workers, 1, 1024), "workers is in range");
  require(within(settings.worker_requests, 0, kMany), "worker_requests is in range");
  require(within(settings.slow_query_ms, 0, 60'000), "slow_query_ms is in range");
  require(!settings.listen_socket.empty(), "there is a socket to listen at");
  require(settings.token_key == std::string(48, 'k'), "a key is its bytes");
  const DatabaseUrl& database = settings.database;
  require(!database.user.empty() && !database.database.empty(), "the database has its names");
  require(database.hosts.empty() != database.socket.empty(), "the database has one kind of place");
  for (const DatabaseUrl::Host& host : database.hosts)
    require(!host.name.empty() && host.port >= 1, "a host has a name and a port");
}

// Mistakes that no line of the file makes: secrets that are not there.
constexpr std::ptrdiff_t kMostMissing = 3;

// Reads `text` as a file. Whether it is one that a program can run with.
bool reads(std::string_view text) {
  static const MemoryFile file("conf");
  file.write(text);
  try {
    require_settings(Settings::read(file.path()));
    return true;
  } catch (const ConfigurationError& error) {
    const std::string_view message = error.what();
    const auto lines = std::count(message.begin(), message.end(), '\n') + 1;
    require(!message.empty() && message.front() != '\n' && message.back() != '\n' &&
                message.find("\n\n") == std::string_view::npos,
            "each mistake is said in a line");
    require(lines <= std::count(text.begin(), text.end(), '\n') + 1 + kMostMissing,
            "a mistake is said once");
    require(message.find(kSecret) == std::string_view::npos, "no message has a secret in it");
    return false;
  }
}

}  // namespace
}  // namespace concert::fuzz

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  concert::fuzz::name_key_files();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace concert::fuzz;
  const std::string_view text = text_of(data, size);
  if (text.find(kSecret) != std::string_view::npos) return 0;  // then a key may have that name
  reads(text);
  // Whatever the rest of the file is, and though its own line be faulty: a password is never shown.
  static constexpr const char* kKeys[] = {"\ndatabase_url = ", "\ndatabase_url ",
                                          "\ndatabaseurl ="};
  const std::string more = kKeys[size % 3] + ("mysql://u:" + kSecret + "@db/concert");
  reads(std::string(text) + more);
  reads(std::string(text) + more + "?" + kSecret + "=\n");
  return 0;
}
