#include "domain/vacancies.h"

#include <algorithm>

namespace concert {
namespace {

constexpr std::size_t kTimeBytes = 6;  // milliseconds since 1970 until the year 10889
constexpr std::size_t kNumberBytes = 2;
constexpr std::size_t kAppendixBytes = kNumberBytes + kTimeBytes;
constexpr std::size_t kBitmapBytes = kBlockSize / 8;
// An entry with more appended to it is written again: it is read by every poll of its block.
constexpr std::size_t kMostAppended = 128;

void put(std::string& bytes, std::uint64_t number, std::size_t size) {
  for (std::size_t i = size; i > 0; --i)
    bytes += static_cast<char>((number >> (8 * (i - 1))) & 0xFFU);
}

std::uint64_t take(std::string_view& bytes, std::size_t size) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < size; ++i)
    number = (number << 8U) + static_cast<unsigned char>(bytes[i]);
  bytes.remove_prefix(size);
  return number;
}

void put_time(std::string& bytes, Instant at) {
  put(bytes, static_cast<std::uint64_t>(std::max<std::int64_t>(0, at.ms)), kTimeBytes);
}

Instant take_time(std::string_view& bytes) {
  return Instant{static_cast<std::int64_t>(take(bytes, kTimeBytes))};
}

bool agrees(std::int64_t found, std::int64_t expected, Instant at, Instant as_of) {
  return at <= as_of ? found == expected : found >= expected;
}

}  // namespace

void SuperblockCounts::add(std::int64_t block, std::int64_t vacancies) {
  if (block < first_ || block >= first_ + kBlockSize) return;
  counts_[static_cast<std::size_t>(block - first_)] = static_cast<std::uint16_t>(vacancies);
}

std::int64_t SuperblockCounts::sum(std::int64_t from, std::int64_t to) const {
  const auto begin = std::clamp<std::int64_t>(from - first_, 0, kBlockSize);
  const auto end = std::clamp<std::int64_t>(to - first_, begin, kBlockSize);
  std::int64_t sum = 0;
  for (auto i = begin; i < end; ++i) sum += counts_[static_cast<std::size_t>(i)];
  return sum;
}

std::optional<BlockVacancies> SuperblockCounts::at_block(std::int64_t block,
                                                         std::int64_t first_block,
                                                         std::int64_t expected,
                                                         Instant published) const {
  if (!agrees(sum(first_block, first_ + kBlockSize), expected, at_, published)) return std::nullopt;
  return BlockVacancies{sum(first_block, block), sum(block, block + 1), at_};
}

std::string SuperblockCounts::serialize() const {
  std::string bytes;
  put_time(bytes, at_);
  for (const std::uint16_t count : counts_) put(bytes, count, kNumberBytes);
  return bytes;
}

std::optional<SuperblockCounts> SuperblockCounts::parse(std::string_view bytes,
                                                        std::int64_t superblock) {
  if (bytes.size() != kTimeBytes + kBlockSize * kNumberBytes) return std::nullopt;
  SuperblockCounts counts(take_time(bytes), superblock);
  for (std::uint16_t& count : counts.counts_)
    count = static_cast<std::uint16_t>(take(bytes, kNumberBytes));
  return counts;
}

std::string BlockPlaces::appendix(std::int64_t place, Instant ended) {
  std::string bytes;
  put(bytes, offset(place), kNumberBytes);
  put_time(bytes, ended);
  return bytes;
}

std::string BlockPlaces::appended_between(Instant at, Instant until) const {
  std::string bytes;
  for (const auto& [place, ended] : appended_) {
    if (ended > at && ended < until) bytes += appendix(static_cast<std::int64_t>(place), ended);
  }
  return bytes;
}

bool BlockPlaces::has(std::int64_t place) const {
  return all_[offset(place)] || std::any_of(appended_.begin(), appended_.end(), [&](const auto& a) {
           return a.first == offset(place);
         });
}

std::int64_t BlockPlaces::count(Places places, std::int64_t after, std::int64_t before) const {
  const std::int64_t first = block_ << kBlockBits;
  const auto skipped = std::clamp<std::int64_t>(after + 1 - first, 0, kBlockSize);
  const auto beyond = std::clamp<std::int64_t>(first + kBlockSize - before, 0, kBlockSize);
  places >>= static_cast<std::size_t>(skipped);
  places <<= static_cast<std::size_t>(std::min(skipped + beyond, kBlockSize));
  return static_cast<std::int64_t>(places.count());
}

std::optional<std::int64_t> BlockPlaces::before(std::int64_t place, std::int64_t after,
                                                std::int64_t expected, Instant as_of) const {
  if (appended_.size() > kMostAppended) return std::nullopt;
  Places known = all_;
  for (const auto& [appended, ended] : appended_) {
    if (ended <= std::max(as_of, at_)) known.set(appended);
  }
  const std::int64_t found = count(known, after, (block_ + 1) << kBlockBits);
  if (!agrees(found, expected, at_, as_of)) return std::nullopt;
  return count(known, after, place);
}

std::string BlockPlaces::serialize() const {
  std::string bytes;
  put_time(bytes, at_);
  for (std::size_t i = 0; i < kBitmapBytes; ++i) {
    std::uint64_t byte = 0;
    for (std::size_t bit = 0; bit < 8; ++bit) byte |= std::uint64_t{all_[8 * i + bit]} << bit;
    put(bytes, byte, 1);
  }
  return bytes;
}

std::optional<BlockPlaces> BlockPlaces::parse(std::string_view bytes, std::int64_t block) {
  if (bytes.size() < kTimeBytes + kBitmapBytes ||
      (bytes.size() - kTimeBytes - kBitmapBytes) % kAppendixBytes != 0)
    return std::nullopt;
  BlockPlaces places(block, take_time(bytes));
  for (std::size_t i = 0; i < kBitmapBytes; ++i) {
    const auto byte = take(bytes, 1);
    for (std::size_t bit = 0; bit < 8; ++bit) places.all_[8 * i + bit] = (byte >> bit) & 1U;
  }
  while (!bytes.empty()) {
    const auto place = static_cast<std::size_t>(take(bytes, kNumberBytes)) % kBlockSize;
    places.appended_.emplace_back(place, take_time(bytes));
  }
  return places;
}

std::optional<BlockVacancies> PublishedQueue::vacancies(std::int64_t place) const {
  const std::int64_t own_block = block_of(place);
  if (own_block == state->head_block())
    return BlockVacancies{0, state->vacancies_in_head_block, at};
  const std::int64_t own_superblock = superblock_of(place);
  BlockVacancies vacant{0, 0, at};
  const std::int64_t expected = state->vacancies_in_superblock(own_superblock);
  if (expected > 0) {
    if (!superblock) return std::nullopt;
    const auto found =
        superblock->at_block(own_block, state->first_block(own_superblock), expected, at);
    if (!found) return std::nullopt;
    vacant = *found;
  }
  vacant.before += state->vacancies_before_superblock(own_superblock);
  return vacant;
}

std::optional<std::int64_t> PublishedQueue::position(std::int64_t place) const {
  if (!state || !state->knows(place) || (block && block->has(place))) return std::nullopt;
  const auto vacant = vacancies(place);
  return vacant ? position(place, *vacant) : std::nullopt;
}

std::optional<std::int64_t> PublishedQueue::position(std::int64_t place,
                                                     const BlockVacancies& vacant) const {
  std::int64_t vacancies = vacant.before;
  if (vacant.own > 0) {
    if (!block) return std::nullopt;
    const auto own =
        block->before(place, state->admitted_place, vacant.own, std::max(at, vacant.at));
    if (!own) return std::nullopt;
    vacancies += *own;
  }
  return position_of(place, state->admitted_place, vacancies);
}

}  // namespace concert
