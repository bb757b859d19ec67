#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "domain/instant.h"
#include "domain/line.h"

namespace concert {

// A vacancy is a place whose wait ended without admission. memcached keeps them in two kinds of
// entries of bounded size: per block of blocks how many each of its blocks has, per block which
// places they are. An entry is judged by what the published queue says of it: one that was written
// before that must agree with it exactly, one that was written since may have more. So an entry
// that lost something, or that speaks of what the database has lost, is not believed.

// How many vacancies the blocks before `block` have, and `block` itself.
struct BlockVacancies {
  std::int64_t before = 0;
  std::int64_t own = 0;
  Instant at;
};

// The vacancies of a block of blocks by block, as the database had them at `at`.
class SuperblockCounts {
 public:
  SuperblockCounts(Instant at, std::int64_t superblock)
      : at_(at), first_(superblock << kBlockBits), left_(static_cast<std::size_t>(kBlockSize)) {}

  // Blocks of other blocks of blocks are ignored.
  void add(std::int64_t block, std::int64_t left);

  Instant at() const { return at_; }

  // What is before `block`, counting from `first_block`. Nothing unless the blocks from
  // `first_block` on have as many vacancies as the queue that was published at `published` says.
  std::optional<BlockVacancies> at_block(std::int64_t block, std::int64_t first_block,
                                         std::int64_t expected, Instant published) const;

  std::string serialize() const;
  // Nothing if that is not what serialize() made.
  static std::optional<SuperblockCounts> parse(std::string_view bytes, std::int64_t superblock);

 private:
  std::int64_t sum(std::int64_t from, std::int64_t to) const;

  Instant at_;
  std::int64_t first_;
  std::vector<std::uint16_t> left_;
};

// The vacancies of a block by place: all that the database had at `at`, and those appended since.
class BlockPlaces {
 public:
  explicit BlockPlaces(std::int64_t block, Instant at = {}) : at_(at), block_(block) {}

  void add(std::int64_t place) { all_.set(offset(place)); }

  // What is appended for a place whose wait ended at `ended`.
  static std::string appendix(std::int64_t place, Instant ended);
  // What was appended after `at` and before `until`, for a caller that replaces the entry.
  std::string appended_between(Instant at, Instant until) const;

  // Whether the wait at `place` is known to have ended.
  bool has(std::int64_t place) const;

  // How many vacancies lie between `after` and `place`. Nothing unless the block has as many after
  // `after` as `expected` says, which was so at `as_of`, or so much was appended that the entry
  // ought to be written again.
  std::optional<std::int64_t> before(std::int64_t place, std::int64_t after, std::int64_t expected,
                                     Instant as_of) const;

  std::string serialize() const;
  // Nothing if that is not what serialize() and appendix() made.
  static std::optional<BlockPlaces> parse(std::string_view bytes, std::int64_t block);

 private:
  using Places = std::bitset<kBlockSize>;

  static std::size_t offset(std::int64_t place) {
    return static_cast<std::size_t>(place & (kBlockSize - 1));
  }
  std::int64_t count(Places places, std::int64_t after, std::int64_t before) const;

  Instant at_;
  std::int64_t block_;
  Places all_;
  std::vector<std::pair<std::size_t, Instant>> appended_;
};

}  // namespace concert
