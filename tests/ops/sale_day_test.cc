// The commands that an administrator types on the day of a sale.
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <limits>

#include "support/ops_service.h"
#include "support/stack.h"
#include "support/terminal_program.h"
#include "support/test_user.h"

namespace concert::test {
namespace {

using Words = std::vector<std::string>;

// A date of ten seats at 100; one user has paid for seats 1 and 2, and holds seat 3.
struct SaleDay {
  SaleDay() {
    charge(1000);
    paid = hold("[1, 2]");
    BOOST_TEST(web.post("/payment/" + paid, token, "").status == 200);
    enter();
    held = hold("[3]");
  }

  void enter() { token = service.new_token(web, user_id); }
  void charge(int amount) {
    const Reply answer = web.send("PATCH", "/user/" + user_id + "/charge", {"token: " + token},
                                  fmt::format(R"({{"amount": {}}})", amount));
    BOOST_TEST(answer.status == 200);
  }
  std::string hold(const std::string& seats) {
    const Reply answer =
        web.post("/reservation", token,
                 fmt::format(R"({{"concertDateId": {}, "seatNumbers": {}}})", date, seats));
    BOOST_TEST(answer.status == 201);
    return answer.json()["reservationId"].asString();
  }
  std::string status_of(int seat) {
    const auto seats =
        web.get(fmt::format("/concerts/{}/dates/{}/seats", service.concert(), date), token)
            .json()["seats"];
    return seats[seat - 1]["status"].asString();
  }
  // A refusal says why in one line and changes nothing.
  std::string refusal(const Words& words, int exit_code = 1) const {
    const Outcome outcome = service.ctl(words);
    BOOST_TEST(outcome.exit_code == exit_code, words[0] << " " << words[1] << outcome.err);
    BOOST_TEST(outcome.out.empty());
    BOOST_TEST(occurrences(outcome.err, "\n") == 1, outcome.err);
    return outcome.err;
  }
  bool refuses(const Words& words, const std::string& part, int exit_code = 1) const {
    const std::string text = refusal(words, exit_code);
    if (text.find(part) == std::string::npos) BOOST_TEST_MESSAGE(text);
    return text.find(part) != std::string::npos;
  }
  Json::Value newest_action() const { return service.ctl_json({"admin", "log"})["actions"][0]; }
  Json::Value sale() const { return service.ctl_json({"sale", "report"})["dates"][0]; }
  Json::Value account() const { return service.ctl_json({"user", "show", "--user", user_id}); }

  Service service{{{"workers", "2"}}};
  Web web = service.web();
  std::int64_t date = service.add_date(10, 100);
  std::string user_id = new_uuid();
  std::string token = service.new_token(web, user_id);
  std::string paid;
  std::string held;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(sale_day_test, SaleDay)

BOOST_AUTO_TEST_CASE(a_report_counts_seats_and_points) {
  const Json::Value before = sale();
  BOOST_TEST(before["seats"] == 10);
  BOOST_TEST(before["sold"] == 2);
  BOOST_TEST(before["held"] == 1);
  BOOST_TEST(before["blocked"] == 0);
  BOOST_TEST(before["free"] == 7);
  BOOST_TEST(before["revenue"] == 200);
  BOOST_TEST(before["refunded"] == 0);
  const Outcome csv = service.ctl({"sale", "report", "--csv"});
  BOOST_TEST(csv.out.rfind("\xEF\xBB\xBF"
                           "concertId,title,venue,concertDateId,startsAt,seats,sold,held,blocked,"
                           "free,revenue,refunded\r\n",
                           0) == 0);
  BOOST_TEST(csv.out.find(",10,2,1,0,7,200,0\r\n") != std::string::npos, csv.out);
  const Outcome both = service.ctl({"sale", "report", "--csv", "--json"});
  BOOST_TEST(both.exit_code == 2);
  BOOST_TEST(both.err == "concertctl: give --csv or --json, not both. Try --help.\n");
  BOOST_TEST(service.ctl({"sale", "report"}).out.find("A concert - A hall") != std::string::npos);
  BOOST_TEST(refuses({"sale", "report", "--concert", "99"}, "there is no concert 99"));
}

BOOST_AUTO_TEST_CASE(the_bookings_of_a_date_are_all_its_reservations) {
  const std::string of = std::to_string(date);
  const auto bookings = [&] { return service.ctl_json({"date", "bookings", "--date", of}); };
  const Json::Value before = bookings();
  BOOST_TEST(before["concertDateId"].asInt64() == date);
  BOOST_REQUIRE(before["bookings"].size() == 2U);
  const Json::Value bought = before["bookings"][0];
  BOOST_TEST(bought["reservationId"].asString() == paid);
  BOOST_TEST(bought["paymentId"].asString() == paid);
  BOOST_TEST(bought["status"] == "PAID");
  BOOST_TEST(bought["userId"] == user_id);
  BOOST_TEST(bought["seatNumbers"].size() == 2U);
  BOOST_TEST(bought["prices"][1] == 100);
  BOOST_TEST(bought["totalPrice"] == 200);
  BOOST_TEST(bought["paidAt"].isString());
  const Json::Value open = before["bookings"][1];
  BOOST_TEST(open["reservationId"].asString() == held);
  BOOST_TEST(open["status"] == "HELD");
  for (const char* name : {"paymentId", "paidAt", "endedAt"}) BOOST_TEST(open[name].isNull(), name);
  service.ctl_json({"payment", "refund", "--payment", paid, "--why", "w"});
  const Json::Value refunded = bookings()["bookings"][0];
  BOOST_TEST(refunded["status"] == "REFUNDED");
  BOOST_TEST(refunded["paidAt"] == bought["paidAt"]);
  BOOST_TEST(refunded["endedAt"].asString() > bought["endedAt"].asString());
}

BOOST_AUTO_TEST_CASE(the_bookings_of_a_date_are_told_as_a_table_and_for_a_spreadsheet) {
  const std::string of = std::to_string(date);
  const Outcome csv = service.ctl({"date", "bookings", "--date", of, "--csv"});
  BOOST_TEST(csv.out.rfind("\xEF\xBB\xBF"
                           "reservationId,status,userId,seats,totalPrice,refundedSeats,"
                           "refundedAmount,paymentId,createdAt,"
                           "heldUntil,paidAt,endedAt,places\r\n",
                           0) == 0,
             csv.out);
  BOOST_TEST(csv.out.find(fmt::format("\r\n{},PAID,{},1 2,200,,0,{},", paid, user_id, paid)) !=
                 std::string::npos,
             csv.out);
  BOOST_TEST(
      csv.out.find(fmt::format("\r\n{},HELD,{},3,100,,0,,", held, user_id)) != std::string::npos,
      csv.out);
  BOOST_TEST(csv.out.substr(csv.out.size() - 5) == ",,,\r\n", csv.out);
  const std::string table = service.ctl({"date", "bookings", "--date", of}).out;
  BOOST_TEST(table.find(user_id + "           200             0  1 2\n") != std::string::npos,
             table);
  BOOST_TEST(service.ctl({"date", "bookings", "--date", of, "--csv", "--json"}).exit_code == 2);
  BOOST_TEST(refuses({"date", "bookings", "--date", "99"}, "there is no date 99"));
}

BOOST_AUTO_TEST_CASE(seats_of_a_hall_are_told_with_their_places) {
  service.ctl_json({"reservation", "release", "--reservation", held, "--why", "w"});
  date = service.add_hall(2, 5, 100);
  const std::string of = std::to_string(date);
  paid = hold("[5, 6]");
  BOOST_TEST(web.post("/payment/" + paid, token, "").status == 200);
  const Json::Value ticket = service.ctl_json({"ticket", "list", "--date", of})["tickets"][1];
  BOOST_TEST(ticket["seatNumber"] == 6);
  BOOST_TEST(ticket["label"] == "A-1");
  BOOST_TEST(ticket["section"] == "2");
  BOOST_TEST(ticket["row"] == "A");
  BOOST_TEST(ticket["category"].isNull());
  const std::string list = service.ctl({"ticket", "list", "--date", of}).out;
  BOOST_TEST(list.find(user_id + "  A-5 in section 1\n") != std::string::npos, list);
  const std::string csv = service.ctl({"ticket", "list", "--date", of, "--csv"}).out;
  BOOST_TEST(csv.find(",A-5,1,A,\r\n") != std::string::npos, csv);
  const std::string bookings = service.ctl({"date", "bookings", "--date", of, "--csv"}).out;
  BOOST_TEST(bookings.find(",\"A-5 in section 1, A-1 in section 2\"\r\n") != std::string::npos,
             bookings);
  const std::string table = service.ctl({"date", "bookings", "--date", of}).out;
  BOOST_TEST(table.find("  5 6: A-5 in section 1, A-1 in section 2\n") != std::string::npos, table);
  const Json::Value seats =
      service.ctl_json({"reservation", "show", "--reservation", paid})["seats"];
  BOOST_TEST(seats[0]["label"] == "A-5");
  BOOST_TEST(seats[1]["section"] == "2");
  BOOST_TEST(seats[1]["price"] == 100);
  const std::string dates =
      service.ctl({"date", "list", "--concert", std::to_string(service.concert())}).out;
  BOOST_TEST(dates.find("  10 seats by section\n") != std::string::npos, dates);
}

BOOST_AUTO_TEST_CASE(a_hall_changes_its_prices_alone) {
  const std::string hall = std::to_string(service.add_hall(2, 5, 100));
  BOOST_TEST(refuses({"date", "add-seats", "--date", hall, "--seats", "1", "--price", "1"},
                     "has a layout, which stays as it was announced"));
  BOOST_TEST(refuses({"date", "price", "--date", hall, "--category", "R", "--price", "1"},
                     "has no category `R`; it has none"));
  BOOST_TEST(service.ctl_json({"date", "price", "--date", hall, "--price", "70"})["seatsChanged"] ==
             10);
  BOOST_TEST(refuses({"seat", "block", "--date", hall, "--seats", "1-2001", "--why", "w"},
                     "2000 seats at once", 2));
}

BOOST_AUTO_TEST_CASE(some_seats_of_a_reservation_are_refunded_once) {
  const auto refund = [&](const std::string& seats) {
    return Words{"reservation", "refund", "--reservation", paid, "--seats", seats, "--why", "ill"};
  };
  BOOST_TEST(refuses({"reservation", "refund", "--reservation", paid, "--seats", "2"}, "--why", 2));
  const Json::Value done = service.ctl_json(refund("2"));
  BOOST_TEST(done["reservationId"].asString() == paid);
  BOOST_TEST(done["amount"] == 100);
  BOOST_TEST(done["balance"] == 900);
  BOOST_TEST(done["seatNumbers"].size() == 1U);
  BOOST_TEST(status_of(2) == "AVAILABLE");
  BOOST_TEST(status_of(1) == "SOLD");
  BOOST_TEST(refuses(refund("2"), "2 was refunded before"));
  BOOST_TEST(refuses(refund("7"), "7 is not of it"));
  const Json::Value shown = service.ctl_json({"reservation", "show", "--reservation", paid});
  BOOST_TEST(shown["status"] == "PAID");
  BOOST_TEST(shown["totalPrice"] == 200);
  BOOST_TEST(shown["refundedAmount"] == 100);
  BOOST_TEST(shown["refundedSeatNumbers"][0] == 2);
  const std::string text = service.ctl({"reservation", "show", "--reservation", paid}).out;
  BOOST_TEST(text.find("\ngiven back   100 for seat 2\n") != std::string::npos, text);
  BOOST_TEST(newest_action()["what"] == "reservation refund");
  BOOST_TEST(sale()["refunded"] == 100);
  BOOST_TEST(service.ctl(refund("1")).out ==
             fmt::format("1 seat of payment {} of 100 points is refunded to user {}: balance 1000. "
                         "Seat 1 of date {} is free.\n",
                         paid, user_id, date));
  BOOST_TEST(service.ctl_json({"reservation", "show", "--reservation", paid})["status"] ==
             "REFUNDED");
  BOOST_TEST(service.ctl({"audit"}).exit_code == 0);
}

BOOST_AUTO_TEST_CASE(a_date_is_cancelled_for_good_and_again_changes_nothing) {
  const std::string of = std::to_string(date);
  BOOST_TEST(refuses({"date", "cancel", "--date", of}, "--why", 2));
  BOOST_TEST(refuses({"date", "cancel", "--date", "99", "--why", "x"}, "there is no date 99"));
  const Words cancel{"date", "cancel", "--date", of, "--why", "a flood"};
  const Outcome told = service.ctl(cancel);
  BOOST_TEST(told.exit_code == 0, told.err);
  BOOST_TEST(told.err.empty(), told.err);
  BOOST_TEST(told.out ==
             fmt::format("date {} is cancelled: 1 payment for 2 tickets is refunded, 200 points in "
                         "all; nothing of it is held\n",
                         date));
  BOOST_TEST(account()["balance"] == 1000);
  BOOST_TEST(service.ctl_json({"reservation", "show", "--reservation", held})["status"] ==
             "RELEASED");
  BOOST_TEST(service.ctl_json({"ticket", "list", "--date", of})["tickets"][0]["status"] == "VOID");
  BOOST_TEST(newest_action()["what"] == "date cancel");
  BOOST_TEST(newest_action()["why"] == "a flood");
  const Json::Value again = service.ctl_json(cancel);
  BOOST_TEST(again["paymentsRefunded"] == 1);
  BOOST_TEST(again["ticketsRefunded"] == 2);
  BOOST_TEST(again["pointsRefunded"] == 200);
  BOOST_TEST(account()["balance"] == 1000);
  BOOST_TEST(refuses({"date", "resume", "--date", of, "--why", "x"}, "was cancelled at"));
  const std::string concert = std::to_string(service.concert());
  const Json::Value listed = service.ctl_json({"date", "list", "--concert", concert})["dates"][0];
  BOOST_TEST(listed["cancelledAt"].isString());
  BOOST_TEST(listed["refundsEndedAt"].isString());
  BOOST_TEST(service.ctl({"date", "list", "--concert", concert}).out.find("  cancelled\n") !=
             std::string::npos);
  BOOST_TEST(service.ctl({"audit"}).exit_code == 0);
}

BOOST_AUTO_TEST_CASE(a_cancellation_shows_its_progress_on_a_terminal) {
  TerminalProgram shown({program("concertctl"), "--config", service.conf(), "date", "cancel",
                         "--date", std::to_string(date), "--why", "a flood"});
  BOOST_TEST(shown.shows("cancelling  [--------------------]    0 %  0 of 3 tickets"));
  BOOST_TEST(shown.shows("]  100 %  3 of 3 tickets\r\x1B[K"));
  BOOST_TEST(shown.shows("is cancelled: 1 payment"));
  BOOST_TEST(shown.wait() == 0);
}

BOOST_AUTO_TEST_CASE(a_payment_is_refunded_once) {
  BOOST_TEST(refuses({"payment", "refund", "--payment", paid}, "--why", 2));
  const Words refund{"payment", "refund", "--payment", paid, "--why", "moved"};
  const Json::Value done = service.ctl_json(refund);
  BOOST_TEST(done["amount"] == 200);
  BOOST_TEST(done["balance"] == 1000);
  BOOST_TEST(done["seatNumbers"].size() == 2U);
  BOOST_TEST(refuses(refund, "refunded"));
  BOOST_TEST(account()["balance"] == 1000);
  BOOST_TEST(status_of(1) == "AVAILABLE");
  BOOST_TEST(sale()["revenue"] == 0);
  BOOST_TEST(sale()["refunded"] == 200);
  const Json::Value action = newest_action();
  BOOST_TEST(action["what"] == "payment refund");
  BOOST_TEST(action["why"] == "moved");
  BOOST_TEST(action["who"].asString().find('@') != std::string::npos);
  BOOST_TEST(refuses({"payment", "refund", "--payment", "99", "--why", "x"}, "no payment 99"));
  const auto shown = [&](const std::string& id) {
    return service.ctl({"reservation", "show", "--reservation", id}).out;
  };
  BOOST_TEST(shown(paid).find("\nrefunded     2") != std::string::npos, shown(paid));
  BOOST_TEST(shown(paid).find("\nended ") == std::string::npos, shown(paid));
  BOOST_TEST(shown(held).find("\nended        -") != std::string::npos, shown(held));
}

BOOST_AUTO_TEST_CASE(a_hold_is_shown_and_released) {
  const Json::Value shown = service.ctl_json({"reservation", "show", "--reservation", held});
  BOOST_TEST(shown["status"] == "HELD");
  BOOST_TEST(shown["userId"] == user_id);
  BOOST_TEST(shown["totalPrice"] == 100);
  BOOST_TEST(shown["endedAt"].isNull());
  BOOST_TEST(refuses({"reservation", "release", "--reservation", held}, "--why", 2));
  const Words release{"reservation", "release", "--reservation", held, "--why", "asked for it"};
  BOOST_TEST(service.ctl(release).out ==
             fmt::format("reservation {} is released. Seat 3 of date {} is free.\n", held, date));
  BOOST_TEST(status_of(3) == "AVAILABLE");
  BOOST_TEST(service.ctl_json({"reservation", "show", "--reservation", held})["status"] ==
             "RELEASED");
  refusal(release);
  BOOST_TEST(refuses({"reservation", "release", "--reservation", paid, "--why", "x"}, "paid"));
  BOOST_TEST(refuses({"reservation", "show", "--reservation", "99"}, "there is no reservation 99"));
}

BOOST_AUTO_TEST_CASE(a_blocked_seat_is_not_sold) {
  const auto block = [&](const std::string& seats) {
    return Words{"seat", "block", "--date", std::to_string(date), "--seats", seats, "--why", "x"};
  };
  BOOST_TEST(service.ctl(block("4,6-8")).exit_code == 0);
  for (const int seat : {4, 6, 7, 8}) BOOST_TEST(status_of(seat) != "AVAILABLE");
  BOOST_TEST(sale()["blocked"] == 4);
  BOOST_TEST(web.post("/reservation", token,
                      fmt::format(R"({{"concertDateId": {}, "seatNumbers": [4]}})", date))
                 .code() == "SEAT_UNAVAILABLE");
  // All or none: seat 1 is sold.
  BOOST_TEST(refusal(block("1,5")) ==
             fmt::format("concertctl: no seat of date {}, which has 10 seats, was blocked: 1 is "
                         "SOLD.\n",
                         date));
  const std::string many = refusal(block("1-1000"));
  BOOST_TEST(many.find("8 is BLOCKED, 11 is not of this date") != std::string::npos, many);
  BOOST_TEST(many.find(" and 987 more.\n") != std::string::npos, many);
  BOOST_TEST(status_of(5) == "AVAILABLE");
  for (const char* wrong : {"", "0", "60001", "1,1", "3-2", "1-", "a", "1;2"}) {
    BOOST_TEST(refuses(block(wrong), "--seats must be", 2), wrong);
  }
  BOOST_TEST(service.ctl({"seat", "unblock", "--date", std::to_string(date), "--seats", "4,6-8"})
                 .exit_code == 0);
  BOOST_TEST(status_of(4) == "AVAILABLE");
  BOOST_TEST(sale()["blocked"] == 0);
}

BOOST_AUTO_TEST_CASE(of_many_blocked_seats_ten_are_named) {
  const std::string large = std::to_string(service.add_date(12, 100));
  const Outcome blocked =
      service.ctl({"seat", "block", "--date", large, "--seats", "1-12", "--why", "x"});
  BOOST_TEST(blocked.out == fmt::format("seats of date {} taken from sale: 1, 2, 3, 4, 5, 6, 7, 8, "
                                        "9, 10 and 2 more\n",
                                        large));
}

BOOST_AUTO_TEST_CASE(a_user_is_shown_and_erased) {
  const Json::Value shown = account();
  BOOST_TEST(shown["balance"] == 800);
  BOOST_TEST(shown["token"]["status"] == "ACTIVE");
  BOOST_TEST(shown["ledger"].size() == 2U);
  BOOST_TEST(shown["ledger"][0]["amount"] == -200);
  BOOST_TEST(shown["reservations"].size() == 2U);
  BOOST_TEST(refuses({"user", "show", "--user", new_uuid()}, "there is no user"));
  const Words erase{"user", "erase", "--user", user_id, "--why", "request 17"};
  BOOST_TEST(refuses(erase, "--forfeit 800"));
  Words forfeit = erase;
  forfeit.insert(forfeit.end(), {"--forfeit", "800"});
  BOOST_TEST(refuses(forfeit, "--forfeit-tickets"));
  forfeit.emplace_back("--forfeit-tickets");
  BOOST_TEST(service.ctl(forfeit).exit_code == 0);
  BOOST_TEST(refuses({"user", "show", "--user", user_id}, "there is no user"));
  BOOST_TEST(web.get("/token/refresh", token).status == 401);
  BOOST_TEST(service.ctl({"audit"}).exit_code == 0);
  BOOST_TEST(refuses({"user", "erase", "--user", user_id, "--why", "for " + user_id},
                     "must not name the user", 2));
}

BOOST_AUTO_TEST_CASE(a_user_with_more_rows_than_the_limit_is_shown_with_a_hint) {
  const Words show{"user", "show", "--user", user_id};
  const auto limited = [&](const std::string& limit) {
    Words words = show;
    words.insert(words.end(), {"--limit", limit});
    return words;
  };
  const Json::Value cut = service.ctl_json(limited("1"));
  BOOST_TEST(cut["ledger"].size() == 1U);
  BOOST_TEST(cut["ledger"][0]["amount"] == -200);
  BOOST_TEST(cut["moreLedger"] == true);
  BOOST_TEST(cut["reservations"].size() == 1U);
  BOOST_TEST(cut["reservations"][0]["reservationId"].asString() == held);
  BOOST_TEST(cut["moreReservations"] == true);
  const std::string more = "the newest 1; there are more: --limit N\n";
  BOOST_TEST(occurrences(service.ctl(limited("1")).out, more) == 2);
  const Json::Value all = service.ctl_json(limited("2"));
  BOOST_TEST(all["ledger"].size() == 2U);
  BOOST_TEST(all["moreLedger"] == false);
  BOOST_TEST(all["reservations"].size() == 2U);
  BOOST_TEST(all["moreReservations"] == false);
  BOOST_TEST(service.ctl(limited("2")).out.find("there are more") == std::string::npos);
  // Without --limit, too.
  for (int n = 0; n < 19; ++n) charge(1);
  BOOST_TEST(service.ctl_json(show)["ledger"].size() == 20U);
  BOOST_TEST(service.ctl(show).out.find("the newest 20; there are more") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_tour_is_imported_once) {
  const std::string file = service.folder() + "/tour.json";
  write_text(file, source_text("docs/tour.example.json"));
  const Words import{"concert", "import", file};
  const Outcome first = service.ctl(import);
  BOOST_TEST(first.out == "added 2 concerts and 3 dates; 0 dates were there already\n", first.err);
  const std::string again = "nothing to do: the file has 3 dates, which are there\n";
  BOOST_TEST(service.ctl(import).out == again);
  const std::string piped =
      fmt::format("exec \"$0\" --config {} concert import - <{}", service.conf(), file);
  BOOST_TEST(run({"bash", "-c", piped, program("concertctl")}).out == again);
  const std::string substituted = fmt::format(
      "exec \"$0\" --config {} concert import <(sleep 0.1; cat {})", service.conf(), file);
  BOOST_TEST(run({"bash", "-c", substituted, program("concertctl")}).out == again);
  const Outcome closed = run({"bash", "-c", piped + " <&-", program("concertctl")});
  BOOST_TEST(closed.exit_code == 2);
  BOOST_TEST(closed.err.find("cannot read -: Bad file descriptor") != std::string::npos,
             closed.err);
  std::string text = text_of(file);
  put_in_place(text, "35000", "36000");
  write_text(file, text);
  refusal(import);
  write_text(file, R"({"concerts": [{"title": "T", "venue": "V", "dates": [
      {"startsAt": "2099-01-01T20:00:00Z", "seats": 1, "price": 5}]}]})");
  BOOST_TEST(service.ctl(import).out == "added 1 concert and 1 date; 0 dates were there already\n");
  BOOST_TEST(service.ctl(import).out == "nothing to do: the file has 1 date, which is there\n");
  const std::string newest =
      std::to_string(service.ctl_json({"concert", "list"})["concerts"].size());
  BOOST_TEST(service.ctl({"date", "list", "--concert", newest}).out.find("  1 seat\n") !=
             std::string::npos);
  write_text(file, "{\"concerts\": [{\"title\": \"T\"}]}");
  refusal(import, 2);
  write_text(file, "nonsense");
  refusal(import, 2);
  write_text(file, R"({"concerts": [{"title": "T", "venue": "V", "dates": [
      {"startsAt": "2099-01-01T20:00:00Z", "seats": 2, "price": 5},
      {"startsAt": "2099-01-01T20:00:00Z", "seats": 2, "price": 5}]}]})");
  BOOST_TEST(refuses(import, "concerts[0].dates[1]: the concert already has a date at", 2));
  write_text(file, "");
  BOOST_TEST(refuses(import, "the file is not JSON: it is empty", 2));
  BOOST_TEST(refuses({"concert", "import", "/nowhere"}, "cannot read /nowhere: No such file", 2));
  BOOST_TEST(refuses({"concert", "import", "/"}, "cannot read /: Is a directory", 2));
  // The first error of a text that is not JSON.
  write_text(file, R"({"concerts": [tru, fals, nul, 1 2, "x" "y"]})");
  BOOST_TEST(occurrences(refusal(import, 2), "* Line") == 1);
  BOOST_TEST(sale()["seats"] == 10);
}

BOOST_AUTO_TEST_CASE(changes_of_the_queue_are_in_its_history) {
  BOOST_TEST(service.ctl({"queue", "set", "--active-limit", "1"}).exit_code == 0);
  BOOST_TEST(service.ctl({"queue", "pause"}).exit_code == 0);
  const Json::Value changes = service.ctl_json({"queue", "history"})["changes"];
  BOOST_REQUIRE(changes.size() == 2U);
  BOOST_TEST(changes[0]["what"] == "queue set");
  BOOST_TEST(changes[1]["what"] == "queue pause");
  BOOST_TEST(service.ctl({"queue", "history"}).out.find("queue pause") != std::string::npos);
  BOOST_TEST(service.ctl({"queue", "history"}).out.find("in the last 60 minutes\n") !=
             std::string::npos);
  BOOST_TEST(service.ctl({"queue", "history", "--minutes", "1"}).out.find("in the last minute\n") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_history_of_a_queue_has_no_change_of_another) {
  const std::string second =
      std::to_string(service.ctl_json({"queue", "add", "--name", "Second"})["queueId"].asInt());
  const std::string third =
      std::to_string(service.ctl_json({"queue", "add", "--name", "Third"})["queueId"].asInt());
  service.ctl({"queue", "pause"});
  service.ctl({"queue", "set", "--queue", second, "--active-limit", "7"});
  service.ctl({"queue", "say", "--queue", second, "--en", "A", "--ko", "B"});
  service.ctl({"queue", "open-at", "--queue", third, "--at", time_from_now(3600)});
  // As releases without queues recorded it.
  service.database().execute(
      "INSERT INTO admin_action (done_at, who, what, subject, why) "
      "VALUES (NOW(3), 'sue', 'queue resume', '{\"paused\":false}', '')",
      {});
  const auto changes = [&](const std::string& queue) {
    std::string all;
    const Json::Value history = service.ctl_json({"queue", "history", "--queue", queue});
    for (const Json::Value& change : history["changes"]) all += change["what"].asString() + ";";
    return all;
  };
  BOOST_TEST(changes("1") == "queue pause;queue resume;");
  BOOST_TEST(changes(second) == "queue set;queue say;");
  BOOST_TEST(changes(third) == "queue open-at;");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
