#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/sha256.h"

namespace concert {

// What a draw follows from. Once it is published, anybody can compute every place, as
// tools/verify-draw does.
struct DrawInput {
  std::string seed;          // kSeedBytes random bytes
  std::string public_value;  // UTF-8, byte for byte as published; empty: there is none
  std::int64_t entries = 0;  // N: the entries are numbered 1 to N
};

inline constexpr std::size_t kSeedBytes = 32;
inline constexpr std::int64_t kMostEntries = 0xFFFFFFFF;

// What is published of a seed before anybody registers: its SHA-256 in lower-case hex.
std::string commitment_of(std::string_view seed);

// The name of an opening among those that a process knows: the first 60 bits of its commitment, at
// least 1.
std::int64_t opening_id_of(const std::string& commitment);

// The key of the entries' codes: SHA-256(seed, public value, N in decimal), one after the other.
// Draws with different N can have the same key: "x" with N = 12 and "x1" with N = 2.
Digest draw_key(const DrawInput& input);

// The entries 1 to `count` in ascending order of their codes, the lower number first of two with
// the same code. `code_of` is called once for each entry, and again for entries whose codes begin
// with the same 8 bytes.
std::vector<std::uint32_t> in_order_of_codes(std::uint32_t count,
                                             const std::function<Digest(std::uint32_t)>& code_of);

// The memory of a draw was changed after it was made.
class DrawDamaged : public std::runtime_error {
 public:
  DrawDamaged();
};

// Which entry has which place: each of the places 1 to N belongs to one of the entries 1 to N. The
// entry with the lowest HMAC-SHA256(key, entry as 8 bytes, big-endian) has place 1. Copies share
// one memory of 8 bytes per entry.
class Draw {
 public:
  // Computes it: about half a second and 24 bytes per entry for a moment, for 1,000,000 entries.
  explicit Draw(const DrawInput& input);

  // A draw in memory that somebody else has made: the places of the entries 1 to N, then the
  // entries at the places 1 to N. Nothing is read yet.
  Draw(std::shared_ptr<const std::uint32_t> numbers, std::uint32_t count)
      : numbers_(std::move(numbers)), count_(count) {}

  // N.
  std::int64_t entries() const { return static_cast<std::int64_t>(count_); }

  // The place of an entry, and the entry at a place. The argument must be from 1 to N: it is a Bug
  // otherwise. Throws DrawDamaged if the two directions contradict each other.
  std::int64_t place_of(std::int64_t entry) const { return counterpart(entry, 0, count_); }
  std::int64_t entry_at(std::int64_t place) const { return counterpart(place, count_, 0); }

  // Whether the two directions agree for every number: then each place has one entry. Takes 10 ms
  // for 1,000,000 entries.
  bool is_whole() const;

  // The memory as the second constructor takes it: two numbers per entry.
  std::string_view bytes() const;

 private:
  std::size_t find(std::size_t number, std::size_t from, std::size_t back) const;
  std::int64_t counterpart(std::int64_t number, std::size_t from, std::size_t back) const;

  std::shared_ptr<const std::uint32_t> numbers_;
  std::size_t count_;
};

}  // namespace concert
