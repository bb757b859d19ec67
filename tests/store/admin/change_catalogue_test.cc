#include "service/admin/change_catalogue.h"

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <thread>

#include "service/admin/block_seats.h"
#include "support/race.h"
#include "support/servers.h"

namespace concert::test {
namespace {

constexpr std::int64_t kNight_ms = 86'400'000;

struct Organiser : OneDateOfFiftySeats {
  ChangeCatalogue change(const Allowed& allowed = {}) {
    return {backend().db, {"alice@web1", "concert set", "a mistake"}, allowed};
  }
  DateId add_date_at(Instant starts_at, const Allowed& allowed = {}) {
    return change(allowed).add_date({concert, starts_at, "", 2, 100});
  }
  std::size_t recorded() { return backend().admin_actions.newest(100).size(); }
  Instant start_of(DateId id) { return backend().catalogue.date(id)->starts_at; }
  std::string prices(DateId id) {
    return services->text(
        "SELECT GROUP_CONCAT(price ORDER BY seat_number) FROM seat WHERE concert_date_id = ?",
        {id});
  }
  Points total_of(ReservationId id) {
    return services->number("SELECT total_price FROM reservation WHERE reservation_id = ?", {id});
  }
  // The oldest reservation that is still there ended then.
  Instant kept_since() { return backend().db.now() + -90 * kNight_ms; }
};

bool tells(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(change_catalogue_test, Organiser)

BOOST_AUTO_TEST_CASE(a_second_concert_that_looks_the_same_is_refused_unless_it_is_allowed) {
  const ConcertId gala = change().add_concert({"Caf\xC3\xA9 Gala", "Hall"});
  for (const char* title : {"Caf\xC3\xA9 Gala", "Cafe\xCC\x81 Gala", "CAF\xC3\x89  gala "}) {
    const std::string told = change_refused([&] { change().add_concert({title, "Hall"}); });
    BOOST_TEST(tells(told, fmt::format("concert {}", gala.value)), told);
  }
  BOOST_TEST(change_refused([&] { change().add_concert({"Caf\xC3\xA9 Gala", "Arena"}); }) == "");
  BOOST_TEST(recorded() == 2U);
  BOOST_TEST(change_refused([&] {
               change({.same = true}).add_concert({"Cafe\xCC\x81 Gala", "Hall"});
             }) == "");
}

BOOST_AUTO_TEST_CASE(a_concert_that_a_program_of_the_previous_release_added_counts) {
  backend().concerts.add("Gala ", "Hall");
  BOOST_TEST(tells(change_refused([&] {
                     change().add_concert({"Gala", "Hall"});
                   }),
                   "like this already"));
}

BOOST_AUTO_TEST_CASE(of_four_additions_of_one_concert_at_once_one_adds) {
  const auto results = race(settings, 4, [](Services& mine, int) {
    return status_of([&] {
      try {
        ChangeCatalogue(mine.app.backend.db, {"a", "b", ""}).add_concert({"Gala", "Hall"});
      } catch (const ChangeRefused&) {
        throw Duplicate("refused");
      }
    });
  });
  BOOST_TEST(count_of(results, 0) == 1);
  BOOST_TEST(services->number("SELECT COUNT(*) FROM concert WHERE title = 'Gala'") == 1);
}

BOOST_AUTO_TEST_CASE(what_is_said_of_a_concert_is_changed_and_recorded_once) {
  const auto changes = change().set_concert(
      concert, {.title = "Another title", .venue = "A venue", .description = "Songs"});
  BOOST_REQUIRE(changes.size() == 2U);
  BOOST_TEST(changes[0].field == "title");
  BOOST_TEST(changes[0].was == "A concert");
  BOOST_TEST(changes[1].field == "description");
  BOOST_TEST(recorded() == 1U);
  const RecordedAction action = backend().admin_actions.newest(1).at(0);
  BOOST_TEST(action.action.why == "a mistake");
  BOOST_TEST(tells(action.subject, R"("title":{"is":"Another title","was":"A concert"})"),
             action.subject);
  BOOST_TEST(change().set_concert(concert, {.title = "Another title"}).empty());
  BOOST_TEST(recorded() == 1U);
  change().set_concert(concert, {.description = ""});
  BOOST_TEST(backend().catalogue.concert(concert)->texts.description == "");
  BOOST_TEST(backend().catalogue.concert(concert)->texts.title == "Another title");
}

BOOST_AUTO_TEST_CASE(a_concert_is_renamed_to_another_ones_name_only_if_it_is_allowed) {
  change().add_concert({"Gala", "A venue"});
  BOOST_TEST(tells(change_refused([&] { change().set_concert(concert, {.title = "GALA"}); }),
                   "like this already"));
  BOOST_TEST(change_refused([&] { change().set_concert(concert, {.title = "A Concert"}); }) == "");
  BOOST_TEST(change_refused(
                 [&] { change({.same = true}).set_concert(concert, {.title = "GALA"}); }) == "");
  BOOST_TEST(change_refused([&] { change().set_concert(ConcertId{999}, {.title = "X"}); }) ==
             "there is no concert 999.");
}

BOOST_AUTO_TEST_CASE(a_date_near_another_is_refused_unless_it_is_allowed) {
  const Instant start = start_of(date);
  for (const std::int64_t apart : {kDatesApart_ms - 1, -kDatesApart_ms + 1, std::int64_t{1}}) {
    const std::string told = change_refused([&] { add_date_at(start + apart); });
    BOOST_TEST(tells(told, fmt::format("less than two hours from {}: date {} at",
                                       (start + apart).rfc3339(), date.value)),
               told);
  }
  add_date_at(start + kDatesApart_ms);
  add_date_at(start + -kDatesApart_ms);
  add_date_at(start + 1'800'000, {.near = true});
  const std::string same = change_refused([&] { add_date_at(start, {.near = true}); });
  BOOST_TEST(same == fmt::format("concert {} already has a date at {}: date {}.", concert.value,
                                 start.rfc3339(), date.value));
}

BOOST_AUTO_TEST_CASE(of_two_near_dates_at_once_one_is_added) {
  const Instant start = start_of(date) + kNight_ms;
  const auto results = race(settings, 4, [&](Services& mine, int i) {
    try {
      ChangeCatalogue(mine.app.backend.db, {"a", "b", ""})
          .add_date({concert, start + i * 60'000, "", 1, 100});
      return 1;
    } catch (const ChangeRefused&) {
      return 0;
    }
  });
  BOOST_TEST(count_of(results, 1) == 1);
  BOOST_TEST(count_of(results, 0) == 3);
}

BOOST_AUTO_TEST_CASE(a_date_moves_and_says_how_many_tickets_that_concerns) {
  const TokenClaims payer = services->enter_with(user(1), 5000);
  app().payments.pay(payer, payment_of(services->hold(payer, date, {1, 2})));
  services->hold(services->enter(user(2)), date, {3});
  block_seats(backend().db, date, {4}, {"a", "b", "c"});
  const Instant later = start_of(date) + kNight_ms;
  const auto changed = change().set_date(date, {.starts_at = later, .venue = "Annex"});
  BOOST_TEST(changed.changes.size() == 2U);
  BOOST_TEST(changed.tickets.sold == 2);
  BOOST_TEST(changed.tickets.held == 1);
  BOOST_CHECK(start_of(date) == later);
  BOOST_TEST(backend().catalogue.date(date)->venue == "Annex");
  BOOST_TEST(change().set_date(date, {.starts_at = later}).changes.empty());
  BOOST_TEST(change().set_date(date, {.venue = ""}).changes.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_date_moves_only_to_a_time_to_come_that_is_free) {
  const DateId other = add_date_at(start_of(date) + kNight_ms);
  const auto told = [&](Instant at, const Allowed& allowed = {}) {
    return change_refused([&] { change(allowed).set_date(other, {.starts_at = at}); });
  };
  BOOST_TEST(tells(told(backend().db.now() + -1), "has passed"));
  BOOST_TEST(tells(told(start_of(date) + 1), "less than two hours"));
  BOOST_TEST(tells(told(start_of(date), {.near = true}), "already has a date"));
  BOOST_TEST(told(start_of(date) + 1, {.near = true}) == "");
  BOOST_TEST(change_refused([&] { change().set_date(DateId{999'999}, {.venue = "X"}); }) ==
             "there is no date 999999.");
}

BOOST_AUTO_TEST_CASE(the_end_of_a_sale_moves_along_with_the_start) {
  const Instant start = start_of(date);
  change().set_date(date, {.on_sale_at = start + -kNight_ms, .sales_end_at = start + -60'000});
  const auto moved = change().set_date(date, {.starts_at = start + kNight_ms});
  BOOST_REQUIRE(moved.changes.size() == 2U);
  BOOST_TEST(moved.changes[1].field == "salesEndAt");
  const DateRecord record = *backend().catalogue.date(date);
  BOOST_CHECK(record.starts_at == start + kNight_ms);
  BOOST_CHECK(record.sales_end_at == start + (kNight_ms - 60'000));
  BOOST_CHECK(record.on_sale_at == start + -kNight_ms);
}

BOOST_AUTO_TEST_CASE(a_sale_ends_after_it_begins_and_within_a_day_of_the_start) {
  const Instant start = start_of(date);
  const auto told = [&](const DateChange& wanted) {
    return change_refused([&] { change().set_date(date, wanted); });
  };
  BOOST_TEST(tells(told({.sales_end_at = start + (kLatestSale_ms + 1)}), "more than 24 hours"));
  BOOST_TEST(told({.sales_end_at = start + kLatestSale_ms}) == "");
  BOOST_TEST(tells(told({.on_sale_at = start + kLatestSale_ms}), "and end at"));
  BOOST_TEST(tells(told({.on_sale_at = start, .sales_end_at = start}), "and end at"));
  BOOST_TEST(tells(change_refused([&] {
                     change().add_date({concert, start + kNight_ms, "", 1, 1, start + kNight_ms});
                   }),
                   "and end at"));
  const DateId announced =
      change().add_date({concert, start + kNight_ms, "", 1, 1, start, start + 60'000});
  BOOST_CHECK(backend().catalogue.date(announced)->sales_end_at == start + 60'000);
  BOOST_TEST(tells(change_refused([&] { add_date_at(start + kNight_ms, {.near = true}); }),
                   "already has a date"));
}

BOOST_AUTO_TEST_CASE(a_new_price_is_that_of_later_holds_only) {
  const TokenClaims payer = services->enter_with(user(1), 5000);
  const ReservationId paid = services->hold(payer, date, {1});
  app().payments.pay(payer, payment_of(paid));
  const TokenClaims holder = services->enter_with(user(2), 5000);
  const ReservationId held = services->hold(holder, date, {2, 3});
  const auto repriced = change().set_price(date, 1500);
  BOOST_TEST(repriced.changed == 50U);
  BOOST_TEST(repriced.tickets.sold == 1);
  BOOST_TEST(repriced.tickets.held == 2);
  BOOST_TEST(total_of(held) == 2 * kSeatPrice);
  BOOST_TEST(services->breaches() == "");
  app().reservations.release(holder, held);
  const ReservationId again = services->hold(holder, date, {2});
  BOOST_TEST(total_of(again) == 1500);
  app().payments.pay(holder, payment_of(again));
  BOOST_TEST(services->number("SELECT balance FROM user WHERE user_id = ?", {user(2)}) == 3500);
  const auto sale = backend().sales.page(concert, DateId{0}, 10).at(0);
  BOOST_TEST(sale.revenue == kSeatPrice + 1500);
  BOOST_TEST(services->breaches() == "");
  BOOST_TEST(change().set_price(date, 1500).changed == 0U);
  BOOST_TEST(recorded() == 1U);
}

BOOST_AUTO_TEST_CASE(added_seats_follow_those_that_are_there) {
  const DateId small = add_date_at(start_of(date) + kNight_ms);
  const auto added = change().add_seats(small, 3, 700);
  BOOST_TEST(added.first == 3);
  BOOST_TEST(added.last == 5);
  BOOST_TEST(prices(small) == "100,100,700,700,700");
  BOOST_TEST(tells(change_refused([&] { change().add_seats(small, kMaxPlainSeats - 4, 1); }),
                   "at most 2000"));
  change().add_seats(small, kMaxPlainSeats - 5, 1);
  BOOST_TEST(backend().catalogue.date(small)->seat_count == kMaxPlainSeats);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(a_hall_takes_no_more_seats) {
  const DateId hall = add_hall(hall_of(1, 1, 5));
  BOOST_TEST(tells(change_refused([&] { change().add_seats(hall, 1, 1); }), "has a layout"));
  BOOST_TEST(backend().catalogue.date(hall)->seat_count == 5);
}

BOOST_AUTO_TEST_CASE(a_price_is_set_for_a_category_of_a_hall_or_for_all_of_it) {
  const DateId hall = add_hall(hall_of(3, 1, 2));
  BOOST_TEST(change().set_price(hall, 50, "R").changed == 4U);
  BOOST_TEST(prices(hall) == "50,50,1000,1000,50,50");
  BOOST_TEST(change().set_price(hall, 50, "R").changed == 0U);
  BOOST_TEST(tells(change_refused([&] { change().set_price(hall, 9, "T"); }),
                   "has no category `T`; it has R, S."));
  BOOST_TEST(tells(change_refused([&] { change().set_price(date, 9, "R"); }), "it has none."));
  BOOST_TEST(change().set_price(hall, 1000).changed == 4U);
  BOOST_TEST(prices(hall) == "1000,1000,1000,1000,1000,1000");
  for (const SectionSale& sale : backend().halls.on_sale({kMainQueue, concert, hall}))
    BOOST_TEST(sale.section.price == 1000);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(a_hall_of_which_nothing_was_held_is_removed) {
  const DateId hall = add_hall(hall_of(2, 2, 2));
  change().remove_date(hall, kept_since());
  for (const char* table : {"seat", "hall_row", "hall_section", "concert_date"}) {
    const auto left = services->number(
        fmt::format("SELECT COUNT(*) FROM {} WHERE concert_date_id = ?", table), {hall});
    BOOST_TEST(left == 0, table);
  }
}

// As it does for a date with terms of sale.
BOOST_AUTO_TEST_CASE(to_the_previous_release_a_hall_has_begun) {
  const DateId hall = add_hall(hall_of(1, 1, 5));
  const auto seen_as_begun = [&] {
    return services->number(
        "SELECT starts_at < NOW(3) AND begins_at > NOW(3) FROM concert_date WHERE "
        "concert_date_id = ?",
        {hall});
  };
  BOOST_TEST(seen_as_begun() == 1);
  change().set_date(hall, {.venue = "Elsewhere"});
  BOOST_TEST(seen_as_begun() == 1);
}

BOOST_AUTO_TEST_CASE(additions_of_seats_at_once_follow_each_other) {
  race(settings, 4, [&](Services& mine, int) {
    ChangeCatalogue(mine.app.backend.db, {"a", "b", ""}).add_seats(date, 10, 1);
    return 0;
  });
  BOOST_TEST(backend().catalogue.date(date)->seat_count == 90);
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_CASE(a_date_of_which_nothing_was_held_is_removed) {
  const DateId other = add_date_at(start_of(date) + kNight_ms);
  block_seats(backend().db, other, {1}, {"a", "b", "c"});
  BOOST_CHECK(change().remove_date(other, kept_since()) == concert);
  BOOST_TEST(!backend().catalogue.date(other));
  BOOST_TEST(services->number("SELECT COUNT(*) FROM seat WHERE concert_date_id = ?", {other}) == 0);
  BOOST_TEST(change_refused([&] { change().remove_date(other, kept_since()); }) ==
             fmt::format("there is no date {}.", other.value));
  change().remove_concert(concert, kept_since());
  BOOST_TEST(!backend().catalogue.concert(concert));
}

BOOST_AUTO_TEST_CASE(a_date_that_had_a_hold_stays_also_once_that_is_pruned) {
  const TokenClaims holder = services->enter(user(1));
  app().reservations.release(holder, services->hold(holder, date, {1}));
  const auto told = [&] {
    return change_refused([&] { change().remove_date(date, kept_since()); });
  };
  BOOST_TEST(tells(told(), "nothing was ever held"), told());
  services->execute("UPDATE reservation SET ended_at = NOW(3) - INTERVAL 91 DAY");
  services->maintain.run();
  BOOST_TEST(services->number("SELECT COUNT(*) FROM reservation") == 0);
  BOOST_TEST(tells(told(), "nothing was ever held"), told());
  BOOST_TEST(tells(change_refused([&] { change().remove_concert(concert, kept_since()); }),
                   "nothing was ever held"));
  BOOST_TEST(backend().catalogue.date(date).has_value());
}

// Nobody noted what was pruned of a date that is older than the note.
BOOST_AUTO_TEST_CASE(an_old_date_of_before_the_note_stays) {
  services->execute("UPDATE concert_date SET holds_pruned = NULL");
  const auto told = [&] {
    return change_refused([&] { change().remove_date(date, kept_since()); });
  };
  services->execute("UPDATE concert_date SET created_at = NOW(3) - INTERVAL 91 DAY");
  BOOST_TEST(tells(told(), "nothing was ever held"), told());
  services->execute("UPDATE concert_date SET created_at = NOW(3) - INTERVAL 89 DAY");
  BOOST_TEST(told() == "");
}

BOOST_AUTO_TEST_CASE(a_removal_waits_for_a_hold_that_has_begun_and_is_refused) {
  services->enter(user(1));
  Barrier has_begun(2);
  const auto results = race(settings, 2, [&](Services& mine, int who) {
    if (who == 1) {
      has_begun.arrive_and_wait();
      try {
        ChangeCatalogue(mine.app.backend.db, {"a", "b", ""}).remove_date(date, kept_since());
        return 1;
      } catch (const ChangeRefused&) {
        return 0;
      }
    }
    Transaction holding(mine.app.backend.db);
    mine.stores.reservations.insert_hold(
        user(1), date, {1, kSeatPrice, 60'000, mine.stores.db.now() + 86'400'000, 4});
    has_begun.arrive_and_wait();
    while (mine.number("SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = "
                       "'LOCK WAIT'") == 0)
      // The server refreshes this table only where nobody has read it for 100 ms.
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
    holding.commit();
    return 0;
  });
  BOOST_TEST(count_of(results, 0) == 2);
  BOOST_TEST(services->number("SELECT COUNT(*) FROM seat WHERE concert_date_id = ?", {date}) == 50);
}

BOOST_AUTO_TEST_CASE(of_a_hold_and_a_removal_at_once_one_happens) {
  for (int round = 0; round < 10; ++round) {
    const DateId night = add_date_at(start_of(date) + (round + 1) * kNight_ms);
    const auto results = race(settings, 4, [&](Services& mine, int i) {
      if (i > 0) {
        return status_of([&] { mine.hold(mine.enter(user(10 * round + i)), night, {1}); });
      }
      try {
        ChangeCatalogue(mine.app.backend.db, {"a", "b", ""})
            .remove_date(night, mine.app.backend.db.now() + -kNight_ms);
        return 0;
      } catch (const ChangeRefused&) {
        return 1;
      }
    });
    const bool removed = results[0] == 0;
    BOOST_TEST(count_of({results[1], results[2], results[3]}, 201) == 0);
    const auto held = count_of({results[1], results[2], results[3]}, 0);
    BOOST_TEST(held == (removed ? 0 : 1));
    BOOST_TEST(count_of({results[1], results[2], results[3]}, removed ? 404 : 409) == 3 - held);
  }
  BOOST_TEST(services->breaches() == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
