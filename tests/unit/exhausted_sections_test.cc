#include "service/sale/exhausted_sections.h"

#include <boost/test/unit_test.hpp>

namespace concert::test {
namespace {

constexpr DateId kDate{7};

SectionSale sale_of(std::int32_t section_no, std::int64_t available, std::int64_t changes) {
  SectionSale sale;
  sale.section.section_no = section_no;
  sale.available_seats = available;
  sale.change_count = changes;
  return sale;
}

// Of a row of which two seats side by side are free, and one more.
SectionChoice choice_of(const ChoiceTerms& terms) {
  SectionChoice choice(terms);
  choice.look_at({1, {Spot::free, Spot::free_accessible, Spot::taken, Spot::free}});
  return choice;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(exhausted_sections_test)

BOOST_AUTO_TEST_CASE(a_section_is_known_for_more_seats_than_it_has_side_by_side) {
  ExhaustedSections sections;
  const SectionSale sale = sale_of(1, 3, 10);
  BOOST_TEST(!sections.find(kDate, sale, {3}, 0));
  sections.note(kDate, sale, choice_of({3}), 0);
  const auto found = sections.find(kDate, sale, {3}, 0);
  BOOST_REQUIRE(found.has_value());
  BOOST_TEST(found->largest == 2);
  BOOST_TEST(found->has_free);
  BOOST_TEST(sections.find(kDate, sale, {4}, 0).has_value());
  BOOST_TEST(!sections.find(kDate, sale, {2}, 0));
}

BOOST_AUTO_TEST_CASE(a_section_that_changed_is_not_known) {
  ExhaustedSections sections;
  sections.note(kDate, sale_of(1, 3, 10), choice_of({3}), 0);
  BOOST_TEST(!sections.find(kDate, sale_of(1, 3, 11), {3}, 0));
  BOOST_TEST(!sections.find(kDate, sale_of(1, 4, 10), {3}, 0));
}

BOOST_AUTO_TEST_CASE(sections_dates_and_kinds_of_seats_are_known_apart) {
  ExhaustedSections sections;
  sections.note(kDate, sale_of(1, 3, 10), choice_of({3}), 0);
  BOOST_TEST(!sections.find(kDate, sale_of(2, 3, 10), {3}, 0));
  BOOST_TEST(!sections.find(DateId{8}, sale_of(1, 3, 10), {3}, 0));
  BOOST_TEST(!sections.find(kDate, sale_of(1, 3, 10), {3, true}, 0));
}

BOOST_AUTO_TEST_CASE(a_section_is_known_for_a_while) {
  ExhaustedSections sections;
  sections.note(kDate, sale_of(1, 3, 10), choice_of({3}), 1000);
  BOOST_TEST(
      sections.find(kDate, sale_of(1, 3, 10), {3}, 999 + ExhaustedSections::kKept_ms).has_value());
  BOOST_TEST(!sections.find(kDate, sale_of(1, 3, 10), {3}, 1000 + ExhaustedSections::kKept_ms));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
