#include "domain/vacancies.h"

#include <boost/test/unit_test.hpp>
#include <map>
#include <random>
#include <set>

namespace concert {
namespace {

constexpr std::int64_t kBlock = 5;
constexpr std::int64_t kFirst = kBlock * kBlockSize;

// Block 5, in which the places 10 and 20 were vacant by the time 1000.
BlockPlaces two_places() {
  BlockPlaces places(kBlock, Instant{1000});
  places.add(kFirst + 10);
  places.add(kFirst + 20);
  return places;
}

// The same with `appended` at its end.
BlockPlaces with(const std::string& appended) {
  const auto places = BlockPlaces::parse(two_places().serialize() + appended, kBlock);
  BOOST_REQUIRE(places);
  return *places;
}

std::int64_t before(const BlockPlaces& places, std::int64_t offset, std::int64_t expected,
                    std::int64_t as_of_ms) {
  return places.before(kFirst + offset, 0, expected, Instant{as_of_ms}).value_or(-1);
}

// Superblock 1, whose blocks 3, 4 and 1023 had vacancies by the time 1000.
SuperblockCounts three_blocks() {
  SuperblockCounts counts(Instant{1000}, 1);
  counts.add(kBlockSize + 3, 30);
  counts.add(kBlockSize + 4, 40);
  counts.add(kBlockSize + 1023, kBlockSize);
  return counts;
}

// A queue that is admitted up to `admitted`, and what is published of it.
struct Queue {
  std::int64_t admitted = 0;
  std::set<std::int64_t> vacancies;

  QueueState state() const {
    QueueState state;
    state.admitted_place = admitted;
    std::map<std::int64_t, std::int64_t> by_superblock;
    for (const std::int64_t vacancy : vacancies) {
      ++by_superblock[superblock_of(vacancy)];
      if (block_of(vacancy) == state.head_block()) {
        ++state.vacancies_in_head_block;
      } else if (superblock_of(vacancy) == state.head_superblock()) {
        ++state.vacancies_after_head_block;
      }
    }
    state.vacancies_by_superblock = {by_superblock.begin(), by_superblock.end()};
    return state;
  }

  PublishedQueue around(std::int64_t place) const {
    PublishedQueue queue{std::make_shared<QueueState>(state()), Instant{1000}, {}, {}};
    std::map<std::int64_t, std::int64_t> by_block;
    BlockPlaces& block = queue.block.emplace(block_of(place), Instant{1000});
    for (const std::int64_t vacancy : vacancies) {
      ++by_block[block_of(vacancy)];
      if (block_of(vacancy) == block_of(place)) block.add(vacancy);
    }
    SuperblockCounts& counts = queue.superblock.emplace(Instant{1000}, superblock_of(place));
    for (const auto& [at, count] : by_block) counts.add(at, count);
    return queue;
  }

  // Counts the users who wait at `place` or before it.
  std::int64_t counted(std::int64_t place) const {
    std::int64_t waiting = 0;
    for (std::int64_t at = admitted + 1; at <= place; ++at)
      waiting += vacancies.contains(at) ? 0 : 1;
    return waiting;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(vacancies_test)

BOOST_AUTO_TEST_CASE(the_published_position_is_that_of_the_formula_and_of_counting) {
  std::mt19937_64 random{20261129};  // NOLINT: the same queues in every run
  constexpr std::int64_t kSuperblock = kBlockSize * kBlockSize;
  for (int round = 0; round < 12; ++round) {
    const auto any = [&](std::int64_t most) {
      return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(most + 1));
    };
    // About a border between two superblocks.
    Queue queue{kSuperblock - 3 * kBlockSize + any(2 * kBlockSize), {}};
    const auto any_place = [&] { return queue.admitted + 1 + any(6 * kBlockSize); };
    for (int i = 0; i < 300; ++i) queue.vacancies.insert(any_place());
    for (int i = 0; i < 40; ++i) {
      const std::int64_t place = any_place();
      const auto published = queue.around(place).position(place);
      if (queue.vacancies.contains(place)) {
        BOOST_TEST(!published.has_value());
        continue;
      }
      const auto before =
          std::distance(queue.vacancies.begin(), queue.vacancies.lower_bound(place));
      BOOST_TEST(published.value() == position_of(place, queue.admitted, before));
      BOOST_TEST(published.value() == queue.counted(place));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_position_is_not_told_by_entries_that_are_missing) {
  const Queue queue{100, {5 * kBlockSize + 1, 5 * kBlockSize + 7}};
  const std::int64_t place = 5 * kBlockSize + 5;
  PublishedQueue published = queue.around(place);
  BOOST_TEST(published.position(place).value() == place - 101);
  published.block.reset();
  BOOST_TEST(!published.position(place));
  BOOST_TEST(published.position(place - kBlockSize).value() == place - kBlockSize - 100);
  published.superblock.reset();
  BOOST_TEST(!published.position(place - kBlockSize));
  published.state.reset();
  BOOST_TEST(!published.position(place));
}

BOOST_AUTO_TEST_CASE(vacancies_are_counted_up_to_a_place) {
  BOOST_TEST(before(two_places(), 10, 2, 1000) == 0);
  BOOST_TEST(before(two_places(), 11, 2, 1000) == 1);
  BOOST_TEST(before(two_places(), 1023, 2, 1000) == 2);
  BOOST_TEST(two_places().before(kFirst + 30, kFirst + 10, 1, Instant{1000}).value() == 1);
  BOOST_TEST(two_places().has(kFirst + 10));
  BOOST_TEST(!two_places().has(kFirst + 11));
}

BOOST_AUTO_TEST_CASE(an_entry_older_than_the_state_agrees_with_it_or_is_not_believed) {
  for (const std::int64_t expected : {1, 3})
    BOOST_TEST(before(two_places(), 30, expected, 1000) == -1);
}

BOOST_AUTO_TEST_CASE(an_entry_younger_than_the_state_may_have_more) {
  BOOST_TEST(before(two_places(), 30, 1, 999) == 2);
  BOOST_TEST(before(two_places(), 30, 3, 999) == -1);
}

BOOST_AUTO_TEST_CASE(an_appended_place_counts_once_from_its_moment_on) {
  const BlockPlaces places = with(BlockPlaces::appendix(kFirst + 15, Instant{2000}) +
                                  BlockPlaces::appendix(kFirst + 15, Instant{2001}) +
                                  BlockPlaces::appendix(kFirst + 10, Instant{2002}));
  BOOST_TEST(before(places, 30, 2, 1999) == 2);
  BOOST_TEST(before(places, 30, 3, 2000) == 3);
  BOOST_TEST(before(places, 30, 3, 3000) == 3);
  BOOST_TEST(before(places, 15, 3, 3000) == 1);
  BOOST_TEST(places.has(kFirst + 15));
}

// A vacancy from the end of a history that the database lost.
BOOST_AUTO_TEST_CASE(an_appended_place_that_a_later_state_lacks_is_not_believed) {
  const BlockPlaces places = with(BlockPlaces::appendix(kFirst + 15, Instant{2000}));
  BOOST_TEST(before(places, 30, 2, 2500) == -1);
}

BOOST_AUTO_TEST_CASE(an_entry_to_which_much_was_appended_is_written_again) {
  std::string appended;
  for (int i = 0; i < 128; ++i) appended += BlockPlaces::appendix(kFirst + 15, Instant{2000});
  BOOST_TEST(before(with(appended), 30, 3, 3000) == 3);
  BOOST_TEST(before(with(appended + appended.substr(0, 8)), 30, 3, 3000) == -1);
}

BOOST_AUTO_TEST_CASE(an_entry_that_is_written_again_keeps_what_was_appended_since) {
  const std::string older = BlockPlaces::appendix(kFirst + 15, Instant{2000});
  const std::string newer = BlockPlaces::appendix(kFirst + 16, Instant{2001});
  const std::string of_the_future = BlockPlaces::appendix(kFirst + 17, Instant{3000});
  BOOST_TEST(with(older + newer + of_the_future).appended_between(Instant{2000}, Instant{3000}) ==
             newer);
}

BOOST_AUTO_TEST_CASE(blocks_are_counted_from_the_head_on) {
  const auto counts = SuperblockCounts::parse(three_blocks().serialize(), 1);
  BOOST_REQUIRE(counts);
  BOOST_CHECK(counts->at() == Instant{1000});
  const auto all = counts->at_block(kBlockSize + 4, kBlockSize, 1094, Instant{1000});
  BOOST_REQUIRE(all);
  BOOST_TEST(all->before == 30);
  BOOST_TEST(all->own == 40);
  const auto later = counts->at_block(kBlockSize + 1023, kBlockSize + 4, 1064, Instant{1000});
  BOOST_REQUIRE(later);
  BOOST_TEST(later->before == 40);
  BOOST_TEST(later->own == kBlockSize);
}

BOOST_AUTO_TEST_CASE(counts_agree_with_a_younger_state_or_exceed_an_older_one) {
  const SuperblockCounts counts = three_blocks();
  const auto believed = [&](std::int64_t expected, std::int64_t published_ms) {
    return counts.at_block(kBlockSize + 4, kBlockSize, expected, Instant{published_ms}).has_value();
  };
  BOOST_TEST(believed(1094, 1000));
  BOOST_TEST(!believed(1093, 1000));
  BOOST_TEST(!believed(1095, 1000));
  BOOST_TEST(believed(1093, 999));
  BOOST_TEST(!believed(1095, 999));
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_entry_are_not_parsed) {
  const std::string block = two_places().serialize();
  const std::string superblock = three_blocks().serialize();
  BOOST_TEST(block.size() < 200U);
  BOOST_TEST(superblock.size() < 2100U);
  for (const std::string& bytes : {std::string(), std::string("x"), block + "x", superblock + "x",
                                   block.substr(1), superblock.substr(1)}) {
    BOOST_TEST(!BlockPlaces::parse(bytes, kBlock));
    BOOST_TEST(!SuperblockCounts::parse(bytes, 1));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
