#include "service/sale/exhausted_sections.h"

namespace concert {
namespace {

// Of some dates on sale at once. Above it all are forgotten.
constexpr std::size_t kMostKnown = 4000;

}  // namespace

std::optional<ExhaustedSections::Summary> ExhaustedSections::find(DateId date,
                                                                  const SectionSale& sale,
                                                                  const ChoiceTerms& terms,
                                                                  std::int64_t now_ms) const {
  const auto found = known_.find({date, sale.section.section_no, terms.wants_accessible});
  if (found == known_.end()) return std::nullopt;
  const Known& known = found->second;
  const bool is_as_it_was = known.change_count == sale.change_count &&
                            known.available_seats == sale.available_seats &&
                            now_ms < known.until_ms;
  if (!is_as_it_was || terms.count <= known.summary.largest) return std::nullopt;
  return known.summary;
}

void ExhaustedSections::note(DateId date, const SectionSale& sale, const SectionChoice& choice,
                             std::int64_t now_ms) {
  if (known_.size() >= kMostKnown) known_.clear();
  known_[{date, sale.section.section_no, choice.terms().wants_accessible}] = {
      sale.change_count,
      sale.available_seats,
      now_ms + kKept_ms,
      {choice.largest(), choice.has_free()}};
}

}  // namespace concert
