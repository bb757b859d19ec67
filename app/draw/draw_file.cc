#include "draw/draw_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string_view>
#include <system_error>

#include "base/descriptor.h"

namespace concert {
namespace {

constexpr std::array<char, 8> kMagic{'C', 'O', 'N', 'D', 'R', 'A', 'W', '\n'};
constexpr std::uint32_t kVersion = 1;
constexpr mode_t kOnlyThisUser = S_IRUSR | S_IWUSR;

void require(bool is_done, const std::string& what) {
  if (!is_done) throw std::system_error(errno, std::generic_category(), what);
}

void write_all(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    require(written >= 0 || errno == EINTR, "cannot write " + path);
    if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

DrawFile::DrawFile(std::string path, const Digest& key, std::int64_t entries)
    : path_(std::move(path)),
      header_{kMagic, kVersion, static_cast<std::uint32_t>(entries), sha256({bytes_of(key)}), {}} {}

std::size_t DrawFile::size() const {
  return sizeof header_ + 2 * sizeof(std::uint32_t) * header_.entries;
}

bool DrawFile::fits(int fd) const {
  struct stat of {};
  return ::fstat(fd, &of) == 0 && S_ISREG(of.st_mode) && of.st_uid == ::geteuid() &&
         (of.st_mode & ALLPERMS) == kOnlyThisUser && static_cast<std::size_t>(of.st_size) == size();
}

std::optional<Draw> DrawFile::open() const {
  // Without O_NONBLOCK, a pipe of that name would never be open.
  const Descriptor file(
      ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK));
  if (file.get() < 0 || !fits(file.get())) return std::nullopt;
  void* const memory = ::mmap(nullptr, size(), PROT_READ, MAP_SHARED | MAP_POPULATE, file.get(), 0);
  if (memory == MAP_FAILED) return std::nullopt;
  const auto* const numbers =
      reinterpret_cast<const std::uint32_t*>(static_cast<const char*>(memory) + sizeof header_);
  const auto unmap = [memory, bytes = size()](const std::uint32_t*) { ::munmap(memory, bytes); };
  const Draw draw(std::shared_ptr<const std::uint32_t>(numbers, unmap), header_.entries);
  if (std::memcmp(memory, &header_, sizeof header_) != 0 || !draw.is_whole()) return std::nullopt;
  return draw;
}

void DrawFile::replace(const Draw& draw) const {
  const std::string unfinished = path_ + ".new";
  // One that a killed process left is not written over: it could be in use already.
  require(::unlink(unfinished.c_str()) == 0 || errno == ENOENT, "cannot remove " + unfinished);
  Descriptor file(
      ::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kOnlyThisUser));
  require(file.get() >= 0, "cannot make " + unfinished);
  try {
    require(::fchmod(file.get(), kOnlyThisUser) == 0, "cannot protect " + unfinished);
    write_all(file.get(), {reinterpret_cast<const char*>(&header_), sizeof header_}, unfinished);
    write_all(file.get(), draw.bytes(), unfinished);
    require(file.close(), "cannot write " + unfinished);
    require(std::rename(unfinished.c_str(), path_.c_str()) == 0, "cannot replace " + path_);
  } catch (const std::system_error&) {
    ::unlink(unfinished.c_str());
    throw;
  }
}

}  // namespace concert
