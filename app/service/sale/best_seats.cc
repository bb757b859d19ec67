#include "service/sale/best_seats.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/steady_clock.h"
#include "base/wording.h"
#include "domain/check.h"
#include "domain/refusal.h"

namespace concert {

// What was read of a section.
struct BestSeats::SectionResult {
  ChoiceTerms terms;
  SectionChoice choice{terms};
  std::vector<Seat> free{};  // of the rows that were read, ascending
};

// A search through the sections of a plan, one after the other.
struct BestSeats::Search {
  DateId date;
  Plan& plan;
  const ChoiceTerms& terms;
  HallChoice seen{};
};

namespace {

// The first read covers at least this many seats; most choices end there. Each further read takes
// four times as many.
constexpr SeatNumber kFirstRead = 128;

bool is_plain(const HallSection& section) { return section.section_no == 0; }

// Returns the row of seats `first` to `last`: those in `free` are free, the others taken. `next` is
// the index in `free` of the row's first free seat; it moves on to the next row's.
SeatRow row_of(SeatNumber first, SeatNumber last, const std::vector<Seat>& free,
               std::size_t& next) {
  SeatRow row{first, std::vector<Spot>(static_cast<std::size_t>(last - first + 1), Spot::taken)};
  for (; next < free.size() && free[next].number <= last; ++next) {
    row.spots[static_cast<std::size_t>(free[next].number - first)] =
        free[next].is_accessible ? Spot::free_accessible : Spot::free;
  }
  return row;
}

// Returns `count` seats from `first` on, out of the free seats that were read.
BestSeats::Chosen take(const HallSection& section, const std::vector<Seat>& free, SeatNumber first,
                       SeatNumber count) {
  const auto begin =
      std::lower_bound(free.begin(), free.end(), first,
                       [](const Seat& seat, SeatNumber number) { return seat.number < number; });
  check(free.end() - begin >= count, "seats that were chosen were read");
  BestSeats::Chosen chosen{{begin, begin + count}, {}};
  for (Seat& seat : chosen.seats) {
    seat.section_no = section.section_no;
    chosen.places.push_back(is_plain(section) ? plain_place(seat.number)
                                              : place_in(section, seat.number));
  }
  return chosen;
}

[[noreturn]] void refuse(const HallChoice& seen, const ChoiceTerms& terms) {
  if (!seen.has_free()) {
    throw Refusal(Reason::seat_unavailable, "No seat that matches your request is available.")
        .with_seats({});
  }
  const SeatNumber largest = seen.largest();
  // Only a request for an accessible seat finds seats that are free and yet none for it.
  if (largest == 0) {
    throw Refusal(Reason::not_together,
                  "No accessible seat that matches your request is available.")
        .with_largest(largest);
  }
  const char* const kind = terms.wants_accessible ? ", one of them accessible," : "";
  throw Refusal(
      Reason::not_together,
      fmt::format("{} side by side{} are not available; at most {} {}.",
                  count_of(terms.count, "seat"), kind, largest, largest == 1 ? "is" : "are"))
      .with_largest(largest);
}

[[noreturn]] void refuse_unknown(const char* field) {
  throw Refusal(Reason::field_invalid, fmt::format("The date has no such {}.", field))
      .with_field(field);
}

// A date without a layout as one section of one row.
HallSection plain_section(SeatNumber seat_count) {
  HallSection section;
  section.first_seat = 1;
  section.last_seat = seat_count;
  return section;
}

}  // namespace

BestSeats::Plan BestSeats::plan(DateId date, const HoldOutlook& of_date, const SeatWish& wish) {
  Plan plan;
  if (!of_date.has_layout) {
    if (!wish.section) plan.sections.push_back({plain_section(of_date.seat_count), 1});
  } else if (!wish.section) {
    plan.sections = halls_.on_sale({of_date.date.queue, of_date.date.concert, date});
    plan.has_counts = true;
  } else if (auto section = halls_.find_section(date, *wish.section)) {
    const SeatNumber at_most = section->seat_count();
    plan.sections.push_back({*std::move(section), at_most});
  }
  if (plan.sections.empty()) refuse_unknown("section");
  if (!wish.category) return plan;
  std::erase_if(plan.sections, [&](const SectionSale& sale) {
    return sale.section.category.empty() || sale.section.category != *wish.category;
  });
  if (plan.sections.empty()) refuse_unknown("category");
  return plan;
}

void BestSeats::search(DateId date, Plan& plan, const ChoiceTerms& terms) {
  Search search{date, plan, terms};
  std::vector<std::size_t> small;  // sections that have too few seats left
  for (std::size_t i = 0; i < plan.sections.size() && !search.seen.is_settled(); ++i) {
    if (is_plain(plan.sections[i].section) || plan.sections[i].available_seats >= terms.count) {
      search_section(search, i);
    } else {
      small.push_back(i);
    }
  }
  if (!search.seen.chosen()) {
    for (const std::size_t i : small)
      if (plan.sections[i].available_seats > search.seen.largest()) search_section(search, i);
  }
  if (!search.seen.chosen()) refuse(search.seen, terms);
  plan.is_last_resort = !search.seen.is_settled();
}

void BestSeats::search_section(Search& search, std::size_t i) {
  SectionSale& sale = search.plan.sections[i];
  if (search.plan.has_counts) {
    if (const auto known = exhausted_.find(search.date, sale, search.terms, steady_ms()))
      return search.seen.pass(known->largest, known->has_free);
  }
  const SectionResult result = read_section(search.date, sale.section, search.terms, {});
  search.seen.add(i, result.choice);
  const auto chosen = search.seen.chosen();
  if (chosen && chosen->section == i) {
    const Chosen seats = take(sale.section, result.free, chosen->first, search.terms.count);
    search.plan.found_in = i;
    search.plan.found_to = seats.seats.back().number;
    search.plan.found_price = price_of(seats.seats);
  } else if (search.plan.has_counts && !result.choice.best() && !result.choice.last_resort()) {
    exhausted_.note(search.date, sale, result.choice, steady_ms());
  }
}

std::optional<BestSeats::Chosen> BestSeats::choose(DateId date, Plan& plan,
                                                   const ChoiceTerms& terms) {
  HallSection& section = plan.sections[plan.found_in].section;
  lock(date, section);
  const SeatNumber as_far = plan.found_to - section.first_seat + 1;
  const SectionResult result =
      read_section(date, section, terms, {SeatStore::Reading::plain, as_far});
  HallChoice seen;
  seen.add(plan.found_in, result.choice);
  const bool is_only = plan.sections.size() == 1;
  const auto chosen = seen.chosen();
  if (chosen && (seen.is_settled() || plan.is_last_resort || is_only))
    return take(section, result.free, chosen->first, terms.count);
  if (is_only) refuse(seen, terms);
  return std::nullopt;
}

std::optional<BestSeats::Chosen> BestSeats::choose_and_lock(DateId date, Plan& plan,
                                                            const ChoiceTerms& terms) {
  HallChoice seen;
  std::vector<std::vector<Seat>> free(plan.sections.size());
  for (std::size_t i = 0; i < plan.sections.size() && !seen.is_settled(); ++i) {
    HallSection& section = plan.sections[i].section;
    if (i != plan.found_in && plan.sections[i].available_seats < terms.count) continue;
    lock(date, section);
    SectionResult result = read_section(date, section, terms, {SeatStore::Reading::locking});
    seen.add(i, result.choice);
    free[i] = std::move(result.free);
  }
  const auto chosen = seen.chosen();
  if (!chosen) {
    // Refuses with the present largest count, unless seats are free again.
    search(date, plan, terms);
    return std::nullopt;
  }
  return take(plan.sections[chosen->section].section, free[chosen->section], chosen->first,
              terms.count);
}

BestSeats::SectionResult BestSeats::read_section(DateId date, HallSection& section,
                                                 const ChoiceTerms& terms,
                                                 const ReadOptions& options) {
  SectionResult result{terms};
  if (is_plain(section)) {
    read_plain(date, section, options, result);
  } else {
    know_rows(date, section);
    read_rows(date, section, options, result);
  }
  return result;
}

void BestSeats::read_rows(DateId date, const HallSection& section, const ReadOptions& options,
                          SectionResult& result) {
  SeatNumber most = std::max(kFirstRead, options.first_read);
  std::size_t next = 0;
  for (auto row = section.rows.begin(); row != section.rows.end() && !result.choice.is_settled();) {
    const SeatNumber first = row->first_seat;
    auto end = row + 1;
    while (end != section.rows.end() && end->first_seat < first + most) ++end;
    const auto read = seats_.free_seats(date, {first, (end - 1)->last_seat}, options.reading);
    result.free.insert(result.free.end(), read.begin(), read.end());
    for (; row != end; ++row)
      result.choice.look_at(row_of(row->first_seat, row->last_seat, result.free, next));
    most *= 4;
  }
}

// Reads only as far as needed: once the choice is settled, no later seat can change it.
void BestSeats::read_plain(DateId date, const HallSection& section, const ReadOptions& options,
                           SectionResult& result) {
  SeatNumber most = std::max(kFirstRead, options.first_read + 2);
  for (SeatNumber first = section.first_seat;
       first <= section.last_seat && !result.choice.is_settled();) {
    const SeatNumber last = std::min(section.last_seat, first + most - 1);
    const auto read = seats_.free_seats(date, {first, last}, options.reading);
    result.free.insert(result.free.end(), read.begin(), read.end());
    std::size_t next = 0;
    SeatRow row = row_of(section.first_seat, last, result.free, next);
    row.has_middle = false;
    row.is_cut = last < section.last_seat;
    result.choice = SectionChoice(result.terms);
    result.choice.look_at(row);
    first = last + 1;
    most *= 4;
  }
}

void BestSeats::know_rows(DateId date, HallSection& section) {
  if (!section.rows.empty()) return;
  if (auto found = halls_.find_section(date, section.name)) section.rows = std::move(found->rows);
}

void BestSeats::lock_date(DateId date, const Plan& plan) {
  if (is_plain(plan.sections.front().section) && !seats_.lock_choice(date))
    throw ChoiceLockMissing();
}

void BestSeats::lock(DateId date, HallSection& section) {
  if (is_plain(section)) return;  // lock_date() did
  know_rows(date, section);
  halls_.lock(date, section);
}

}  // namespace concert
