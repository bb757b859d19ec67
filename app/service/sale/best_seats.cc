#include "service/sale/best_seats.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/wording.h"
#include "domain/check.h"
#include "domain/refusal.h"

namespace concert {

// What was seen of a section.
struct BestSeats::Sight {
  ChoiceTerms terms;
  SectionChoice choice{terms};
  Seats free{};  // of the rows that were read, ascending

  // The seats chosen, of which `first` is the first.
  Seats from(SeatNumber first) const {
    const auto begin =
        std::lower_bound(free.begin(), free.end(), first,
                         [](const Seat& seat, SeatNumber number) { return seat.number < number; });
    check(free.end() - begin >= terms.count, "seats that were chosen were read");
    return {begin, begin + terms.count};
  }
};

namespace {

// So many seats are read first. Most choices end there; each further read takes four times as many.
constexpr SeatNumber kFirstRead = 128;

// Seats `first` to `last`, of which those in `free` are free; `next` is where theirs begin, and
// then where those of a later row do.
SeatRow row_of(SeatNumber first, SeatNumber last, const BestSeats::Seats& free, std::size_t& next) {
  SeatRow row{first, std::vector<Spot>(static_cast<std::size_t>(last - first + 1), Spot::taken)};
  for (; next < free.size() && free[next].number <= last; ++next)
    row.spots[static_cast<std::size_t>(free[next].number - first)] = Spot::free;
  return row;
}

[[noreturn]] void refuse(const HallChoice& seen, const ChoiceTerms& terms) {
  if (!seen.has_free()) {
    throw Refusal(Reason::seat_unavailable, "No seat that you would take is available.")
        .with_seats({});
  }
  const char* const kind = terms.wants_accessible ? "with an accessible one among them " : "";
  throw Refusal(Reason::not_together,
                fmt::format("There are not {} side by side {}available; at most {}.",
                            count_of(terms.count, "seat"), kind, seen.largest()))
      .with_largest(seen.largest());
}

[[noreturn]] void refuse_unknown(const char* field) {
  throw Refusal(Reason::field_invalid, fmt::format("The date has no such {}.", field))
      .with_field(field);
}

}  // namespace

BestSeats::Plan BestSeats::plan(DateId, SeatNumber seat_count, const SeatWish& wish) {
  if (wish.section) refuse_unknown("section");
  if (wish.category) refuse_unknown("category");
  Plan plan;
  plan.sections.push_back({{{1, seat_count}}, true});
  return plan;
}

void BestSeats::look(DateId date, Plan& plan, const ChoiceTerms& terms) {
  HallChoice seen;
  for (std::size_t i = 0; i < plan.sections.size() && !seen.is_settled(); ++i)
    seen.look_at(i, look_at(date, plan.sections[i], terms, SeatStore::Reading::plain).choice);
  const auto chosen = seen.chosen();
  if (!chosen) refuse(seen, terms);
  plan.found_in = chosen->section;
}

std::optional<BestSeats::Seats> BestSeats::choose(DateId date, const Plan& plan,
                                                  const ChoiceTerms& terms) {
  const SectionOfSeats& section = plan.sections[plan.found_in];
  lock(date, section);
  const Sight sight = look_at(date, section, terms, SeatStore::Reading::plain);
  HallChoice seen;
  seen.look_at(plan.found_in, sight.choice);
  if (const auto chosen = seen.chosen()) return sight.from(chosen->first);
  if (plan.sections.size() == 1) refuse(seen, terms);
  return std::nullopt;
}

BestSeats::Seats BestSeats::choose_and_lock(DateId date, const Plan& plan,
                                            const ChoiceTerms& terms) {
  HallChoice seen;
  std::vector<Sight> sights;
  for (std::size_t i = 0; i < plan.sections.size() && !seen.is_settled(); ++i) {
    lock(date, plan.sections[i]);
    sights.push_back(look_at(date, plan.sections[i], terms, SeatStore::Reading::locking));
    seen.look_at(i, sights.back().choice);
  }
  const auto chosen = seen.chosen();
  if (!chosen) refuse(seen, terms);
  return sights[chosen->section].from(chosen->first);
}

BestSeats::Sight BestSeats::look_at(DateId date, const SectionOfSeats& section,
                                    const ChoiceTerms& terms, SeatStore::Reading reading) {
  Sight sight{terms};
  if (section.is_plain) {
    read_plain(date, section.rows.front(), reading, sight);
  } else {
    read_rows(date, section, reading, sight);
  }
  return sight;
}

void BestSeats::read_rows(DateId date, const SectionOfSeats& section, SeatStore::Reading reading,
                          Sight& sight) {
  SeatNumber most = kFirstRead;
  std::size_t next = 0;
  for (auto row = section.rows.begin(); row != section.rows.end() && !sight.choice.is_settled();) {
    const SeatNumber first = row->first;
    auto end = row + 1;
    while (end != section.rows.end() && end->last < first + most) ++end;
    const Seats read = seats_.free_seats(date, {first, (end - 1)->last}, reading);
    sight.free.insert(sight.free.end(), read.begin(), read.end());
    for (; row != end; ++row) sight.choice.look_at(row_of(row->first, row->last, sight.free, next));
    most *= 4;
  }
}

// The row is looked at as far as it is read: a choice is settled once nothing behind it matters.
void BestSeats::read_plain(DateId date, const SectionOfSeats::Row& row, SeatStore::Reading reading,
                           Sight& sight) {
  SeatNumber most = kFirstRead;
  for (SeatNumber first = row.first; first <= row.last && !sight.choice.is_settled();) {
    const SeatNumber last = std::min(row.last, first + most - 1);
    const Seats read = seats_.free_seats(date, {first, last}, reading);
    sight.free.insert(sight.free.end(), read.begin(), read.end());
    std::size_t next = 0;
    SeatRow seen = row_of(row.first, last, sight.free, next);
    seen.has_middle = false;
    seen.is_cut = last < row.last;
    sight.choice = SectionChoice(sight.terms);
    sight.choice.look_at(seen);
    first = last + 1;
    most *= 4;
  }
}

void BestSeats::lock(DateId date, const SectionOfSeats& section) {
  check(section.is_plain, "a date without a layout has a plain section");
  if (!seats_.lock_choice(date)) throw ChoiceLockMissing();
}

}  // namespace concert
