#include "domain/vacancies.h"

#include <boost/test/unit_test.hpp>

namespace concert {
namespace {

constexpr std::int64_t kBlock = 5;
constexpr std::int64_t kFirst = kBlock * kBlockSize;

// Block 5, in which the places 10 and 20 were left by the time 1000.
BlockPlaces two_places() {
  BlockPlaces places(kBlock, Instant{1000});
  places.add(kFirst + 10);
  places.add(kFirst + 20);
  return places;
}

// The same, and so much appended.
BlockPlaces with(const std::string& appended) {
  const auto places = BlockPlaces::parse(two_places().serialize() + appended, kBlock);
  BOOST_REQUIRE(places);
  return *places;
}

std::int64_t before(const BlockPlaces& places, std::int64_t offset, std::int64_t expected,
                    std::int64_t as_of_ms) {
  return places.before(kFirst + offset, 0, expected, Instant{as_of_ms}).value_or(-1);
}

// Superblock 1, in whose blocks 3, 4 and 1023 places were left by the time 1000.
SuperblockCounts three_blocks() {
  SuperblockCounts counts(Instant{1000}, 1);
  counts.add(kBlockSize + 3, 30);
  counts.add(kBlockSize + 4, 40);
  counts.add(kBlockSize + 1023, kBlockSize);
  return counts;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(vacancies_test)

BOOST_AUTO_TEST_CASE(vacancies_are_counted_up_to_a_place) {
  BOOST_TEST(before(two_places(), 10, 2, 1000) == 0);
  BOOST_TEST(before(two_places(), 11, 2, 1000) == 1);
  BOOST_TEST(before(two_places(), 1023, 2, 1000) == 2);
  BOOST_TEST(two_places().before(kFirst + 30, kFirst + 10, 1, Instant{1000}).value() == 1);
  BOOST_TEST(two_places().has(kFirst + 10));
  BOOST_TEST(!two_places().has(kFirst + 11));
}

BOOST_AUTO_TEST_CASE(an_entry_that_is_older_than_the_queue_agrees_with_it_or_is_not_believed) {
  for (const std::int64_t expected : {1, 3})
    BOOST_TEST(before(two_places(), 30, expected, 1000) == -1);
}

BOOST_AUTO_TEST_CASE(an_entry_that_is_younger_than_the_queue_may_know_of_more) {
  BOOST_TEST(before(two_places(), 30, 1, 999) == 2);
  BOOST_TEST(before(two_places(), 30, 3, 999) == -1);
}

BOOST_AUTO_TEST_CASE(what_was_appended_counts_once_from_its_moment_on) {
  const BlockPlaces places = with(BlockPlaces::appendix(kFirst + 15, Instant{2000}) +
                                  BlockPlaces::appendix(kFirst + 15, Instant{2001}) +
                                  BlockPlaces::appendix(kFirst + 10, Instant{2002}));
  BOOST_TEST(before(places, 30, 2, 1999) == 2);
  BOOST_TEST(before(places, 30, 3, 2000) == 3);
  BOOST_TEST(before(places, 30, 3, 3000) == 3);
  BOOST_TEST(before(places, 15, 3, 3000) == 1);
  BOOST_TEST(places.has(kFirst + 15));
}

// A place that was left at the end of a history that the database lost.
BOOST_AUTO_TEST_CASE(what_was_appended_and_is_not_in_the_queue_since_is_not_believed) {
  const BlockPlaces places = with(BlockPlaces::appendix(kFirst + 15, Instant{2000}));
  BOOST_TEST(before(places, 30, 2, 2500) == -1);
}

BOOST_AUTO_TEST_CASE(an_entry_to_which_much_was_appended_is_written_again) {
  std::string appended;
  for (int i = 0; i < 128; ++i) appended += BlockPlaces::appendix(kFirst + 15, Instant{2000});
  BOOST_TEST(before(with(appended), 30, 3, 3000) == 3);
  BOOST_TEST(before(with(appended + appended.substr(0, 8)), 30, 3, 3000) == -1);
}

BOOST_AUTO_TEST_CASE(who_writes_an_entry_again_keeps_what_was_appended_since) {
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

BOOST_AUTO_TEST_CASE(counts_agree_with_an_older_queue_or_exceed_a_younger_one) {
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

BOOST_AUTO_TEST_CASE(what_is_no_entry_is_nothing) {
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
