#pragma once

#include <bitset>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "domain/instant.h"
#include "domain/queue_state.h"

namespace concert {

// memcached keeps the vacancies of a queue in two kinds of entries of bounded size: per superblock
// how many each of its blocks has, per block which places they are. The published state judges an
// entry: one that is older than the state must agree with it exactly, a younger one may have more.
// So an entry that lost a vacancy, or has one that the database lost, is not believed.

// How many vacancies the blocks before a block have, and the block itself, read at `at`.
struct BlockVacancies {
  std::int64_t before = 0;
  std::int64_t own = 0;
  Instant at;
};

// The vacancies of a superblock by block, as the database had them at `at`.
class SuperblockCounts {
 public:
  SuperblockCounts(Instant at, std::int64_t superblock)
      : at_(at),
        first_(members_of(superblock).first),
        counts_(static_cast<std::size_t>(kBlockSize)) {}

  // Blocks of other superblocks are ignored.
  void add(std::int64_t block, std::int64_t vacancies);

  Instant at() const { return at_; }

  // The vacancies before and in `block`, counted from `first_block` on. Nothing unless the blocks
  // from `first_block` on have the `expected` vacancies of the state published at `published`.
  std::optional<BlockVacancies> at_block(std::int64_t block, std::int64_t first_block,
                                         std::int64_t expected, Instant published) const;

  std::string serialize() const;
  // Nothing if serialize() did not make the bytes.
  static std::optional<SuperblockCounts> parse(std::string_view bytes, std::int64_t superblock);

 private:
  std::int64_t sum(std::int64_t from, std::int64_t to) const;

  Instant at_;
  std::int64_t first_;
  std::vector<std::uint16_t> counts_;
};

// The vacancies of a block by place: all that the database had at `at`, and those that were
// appended to the entry since.
class BlockPlaces {
 public:
  explicit BlockPlaces(std::int64_t block, Instant at = {}) : at_(at), block_(block) {}

  void add(std::int64_t place) { all_.set(offset(place)); }

  // The bytes to append for a place whose wait ended at `ended`.
  static std::string appendix(std::int64_t place, Instant ended);
  // The bytes that were appended after `at` and before `until`, for a caller that replaces the
  // entry.
  std::string appended_between(Instant at, Instant until) const;

  // Whether the place is known to be a vacancy.
  bool has(std::int64_t place) const;

  // How many vacancies lie between `after` and `place`. Nothing unless the block has the `expected`
  // vacancies after `after`, which it had at `as_of`; nor where so much was appended that the entry
  // should be written again.
  std::optional<std::int64_t> before(std::int64_t place, std::int64_t after, std::int64_t expected,
                                     Instant as_of) const;

  std::string serialize() const;
  // Nothing if serialize() and appendix() did not make the bytes.
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

// What is published of a queue around one place: the state, and under its lineage the entries of
// the place's superblock and block, where memcached has them.
struct PublishedQueue {
  std::shared_ptr<const QueueState> state;  // null: nothing is published
  Instant at;                               // the database's time when it was in that state
  std::optional<SuperblockCounts> superblock;
  std::optional<BlockPlaces> block;

  // The vacancies in the blocks before that of `place`, and in its block; of those from the head
  // on. Nothing where the superblock's entry is needed and missing, or not believed.
  std::optional<BlockVacancies> vacancies(std::int64_t place) const;

  // The position of a waiting place by position_of(). Nothing where an entry is needed and missing
  // or not believed, where the state does not reach as far, and where the place is a vacancy.
  std::optional<std::int64_t> position(std::int64_t place) const;
  // The same by `vacant`, which the caller has from the database. The caller has ruled out that the
  // place is a vacancy.
  std::optional<std::int64_t> position(std::int64_t place, const BlockVacancies& vacant) const;
};

}  // namespace concert
