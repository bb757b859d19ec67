#include "service/sale/best_seats.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/steady_clock.h"
#include "base/wording.h"
#include "domain/check.h"
#include "domain/refusal.h"

namespace concert {

// What was seen of a section.
struct BestSeats::Sight {
  ChoiceTerms terms;
  SectionChoice choice{terms};
  std::vector<Seat> free{};  // of the rows that were read, ascending
};

// A look at the sections of a plan, one after the other.
struct BestSeats::Look {
  DateId date;
  Plan& plan;
  const ChoiceTerms& terms;
  HallChoice seen{};
};

namespace {

// So many seats are read first. Most choices end there; each further read takes four times as many.
constexpr SeatNumber kFirstRead = 128;

bool is_plain(const HallSection& section) { return section.section_no == 0; }

// Seats `first` to `last`, of which those in `free` are free; `next` is where theirs begin, and
// then where those of a later row do.
SeatRow row_of(SeatNumber first, SeatNumber last, const std::vector<Seat>& free,
               std::size_t& next) {
  SeatRow row{first, std::vector<Spot>(static_cast<std::size_t>(last - first + 1), Spot::taken)};
  for (; next < free.size() && free[next].number <= last; ++next) {
    row.spots[static_cast<std::size_t>(free[next].number - first)] =
        free[next].is_accessible ? Spot::free_accessible : Spot::free;
  }
  return row;
}

// The seats chosen, of which `first` is the first, among those that were read.
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

void BestSeats::look(DateId date, Plan& plan, const ChoiceTerms& terms) {
  Look look{date, plan, terms};
  std::vector<std::size_t> small;  // sections that have too few seats left
  for (std::size_t i = 0; i < plan.sections.size() && !look.seen.is_settled(); ++i) {
    if (is_plain(plan.sections[i].section) || plan.sections[i].available_seats >= terms.count) {
      look_into(look, i);
    } else {
      small.push_back(i);
    }
  }
  if (!look.seen.chosen()) {
    for (const std::size_t i : small)
      if (plan.sections[i].available_seats > look.seen.largest()) look_into(look, i);
  }
  if (!look.seen.chosen()) refuse(look.seen, terms);
  plan.is_last_resort = !look.seen.is_settled();
}

void BestSeats::look_into(Look& look, std::size_t i) {
  SectionSale& sale = look.plan.sections[i];
  if (look.plan.has_counts) {
    if (const auto spent = spent_.find(look.date, sale, look.terms, steady_ms()))
      return look.seen.pass(spent->largest, spent->has_free);
  }
  const Sight sight = look_at(look.date, sale.section, look.terms, {});
  look.seen.look_at(i, sight.choice);
  const auto chosen = look.seen.chosen();
  if (chosen && chosen->section == i) {
    const Chosen seats = take(sale.section, sight.free, chosen->first, look.terms.count);
    look.plan.found_in = i;
    look.plan.found_to = seats.seats.back().number;
    look.plan.found_price = price_of(seats.seats);
  } else if (look.plan.has_counts && !sight.choice.best() && !sight.choice.last_resort()) {
    spent_.note(look.date, sale, sight.choice, steady_ms());
  }
}

std::optional<BestSeats::Chosen> BestSeats::choose(DateId date, Plan& plan,
                                                   const ChoiceTerms& terms) {
  HallSection& section = plan.sections[plan.found_in].section;
  lock(date, section);
  const SeatNumber as_far = plan.found_to - section.first_seat + 1;
  const Sight sight = look_at(date, section, terms, {SeatStore::Reading::plain, as_far});
  HallChoice seen;
  seen.look_at(plan.found_in, sight.choice);
  const bool is_only = plan.sections.size() == 1;
  const auto chosen = seen.chosen();
  if (chosen && (seen.is_settled() || plan.is_last_resort || is_only))
    return take(section, sight.free, chosen->first, terms.count);
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
    Sight sight = look_at(date, section, terms, {SeatStore::Reading::locking});
    seen.look_at(i, sight.choice);
    free[i] = std::move(sight.free);
  }
  const auto chosen = seen.chosen();
  if (!chosen) {
    look(date, plan, terms);  // which says how many there are now
    return std::nullopt;
  }
  return take(plan.sections[chosen->section].section, free[chosen->section], chosen->first,
              terms.count);
}

BestSeats::Sight BestSeats::look_at(DateId date, HallSection& section, const ChoiceTerms& terms,
                                    const Glance& glance) {
  Sight sight{terms};
  if (is_plain(section)) {
    read_plain(date, section, glance, sight);
  } else {
    know_rows(date, section);
    read_rows(date, section, glance, sight);
  }
  return sight;
}

void BestSeats::read_rows(DateId date, const HallSection& section, const Glance& glance,
                          Sight& sight) {
  SeatNumber most = std::max(kFirstRead, glance.first_read);
  std::size_t next = 0;
  for (auto row = section.rows.begin(); row != section.rows.end() && !sight.choice.is_settled();) {
    const SeatNumber first = row->first_seat;
    auto end = row + 1;
    while (end != section.rows.end() && end->first_seat < first + most) ++end;
    const auto read = seats_.free_seats(date, {first, (end - 1)->last_seat}, glance.reading);
    sight.free.insert(sight.free.end(), read.begin(), read.end());
    for (; row != end; ++row)
      sight.choice.look_at(row_of(row->first_seat, row->last_seat, sight.free, next));
    most *= 4;
  }
}

// The row is looked at as far as it is read: a choice is settled once nothing behind it matters.
void BestSeats::read_plain(DateId date, const HallSection& section, const Glance& glance,
                           Sight& sight) {
  SeatNumber most = std::max(kFirstRead, glance.first_read + 2);
  for (SeatNumber first = section.first_seat;
       first <= section.last_seat && !sight.choice.is_settled();) {
    const SeatNumber last = std::min(section.last_seat, first + most - 1);
    const auto read = seats_.free_seats(date, {first, last}, glance.reading);
    sight.free.insert(sight.free.end(), read.begin(), read.end());
    std::size_t next = 0;
    SeatRow seen = row_of(section.first_seat, last, sight.free, next);
    seen.has_middle = false;
    seen.is_cut = last < section.last_seat;
    sight.choice = SectionChoice(sight.terms);
    sight.choice.look_at(seen);
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
