#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "base/sha256.h"
#include "draw/draw.h"

namespace concert {

// The file that holds a draw for the processes of one host: a header, then Draw::bytes() in this
// host's byte order. A file that is in use is never changed or cut off, only replaced.
class DrawFile {
 public:
  DrawFile(std::string path, const Digest& key, std::int64_t entries);

  // The draw in the file, whose memory all processes share. Nothing unless it is a regular file of
  // this user with mode 0600, made for this key and number of entries, and whole.
  std::optional<Draw> open() const;

  // Puts `draw` in the place of whatever is there, in one step. One process at a time may call it.
  // Throws std::system_error if that fails, and leaves no part of a file behind.
  void replace(const Draw& draw) const;

 private:
  // The key cannot be computed from its digest.
  struct Header {
    std::array<char, 8> magic;
    std::uint32_t version;
    std::uint32_t entries;
    Digest digest_of_key;
    std::array<char, 16> unused;
  };
  static_assert(sizeof(Header) == 64, "it has no padding, and keeps the numbers aligned");

  std::size_t size() const;
  bool fits(int fd) const;

  std::string path_;
  Header header_;
};

}  // namespace concert
