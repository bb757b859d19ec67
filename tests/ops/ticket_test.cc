// What is done at the door: `concertctl ticket verify` and the door list.
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>

#include "service/sale/ticket_code.h"
#include "support/ops_service.h"
#include "support/stack.h"
#include "support/test_user.h"
#include "support/ticket_key.h"

namespace concert::test {
namespace {

using Words = std::vector<std::string>;

// Two seats of one user, paid for.
struct AtTheDoor {
  AtTheDoor() {
    write_text(key_file, kTicketKey);
    service.configure({{"ticket_key_file", key_file}});
    service.concertd().stop();
    service.start_concertd();
    date = service.add_date(9, 100);
    const std::string token = service.new_token(web, buyer);
    web.send("PATCH", "/user/" + buyer + "/charge", {"token: " + token}, R"({"amount": 200})");
    const Json::Value held =
        web.post("/reservation", token,
                 fmt::format(R"({{"concertDateId": {}, "seatNumbers": [7, 3]}})", date))
            .json();
    reservation = held["reservationId"].asInt64();
    BOOST_REQUIRE(web.post(fmt::format("/payment/{}", reservation), token, "").status == 200);
    tickets = web.get(fmt::format("/reservation/{}/tickets", reservation), token).json()["tickets"];
    BOOST_REQUIRE(tickets.size() == 2U);
    code = tickets[0]["code"].asString();
  }

  Outcome verify(const std::string& text, const Words& more = {}) const {
    Words words{"ticket", "verify", text};
    words.insert(words.end(), more.begin(), more.end());
    return service.ctl(words);
  }
  // The exit code and the status that --json tells.
  std::pair<int, Json::Value> verdict(const std::string& text) const {
    const Outcome outcome = verify(text, {"--json"});
    return {outcome.exit_code, Reply{200, {}, outcome.out}.json()};
  }
  void expect_forged(const std::string& text) const {
    const auto [exit_code, json] = verdict(text);
    BOOST_TEST(exit_code == 1, text);
    BOOST_TEST(json["status"] == "FORGED", text);
    for (const char* name :
         {"ticketId", "reservationId", "seatNumber", "concertDateId", "userId"}) {
      BOOST_TEST(json.isMember(name), name);
      BOOST_TEST(json[name].isNull(), name);
    }
    BOOST_TEST(verify(text).out.starts_with("FORGED  "), text);
  }
  void refund() const {
    service.ctl_json({"payment", "refund", "--payment", std::to_string(reservation), "--why", "w"});
  }

  Service service{{{"workers", "2"}}};
  Web web = service.web();
  std::string key_file = service.folder() + "/ticket.key";
  std::string buyer = new_uuid();
  std::int64_t date = 0;
  std::int64_t reservation = 0;
  Json::Value tickets;
  std::string code;  // of seat 3
};

bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(ticket_test, AtTheDoor)

BOOST_AUTO_TEST_CASE(a_valid_ticket_is_exit_0_and_says_whose_seat_it_is) {
  const Outcome told = verify(code);
  BOOST_TEST(told.exit_code == 0, told.err);
  BOOST_TEST(told.out.starts_with(fmt::format("VALID   seat 3 of date {}: ", date)), told.out);
  const auto [exit_code, json] = verdict(" " + code + "\n");  // as a scanner types it
  BOOST_TEST(exit_code == 0);
  BOOST_TEST(json["status"] == "VALID");
  BOOST_TEST(json["ticketId"] == tickets[0]["ticketId"]);
  BOOST_TEST(json["reservationId"].asInt64() == reservation);
  BOOST_TEST(json["seatNumber"] == 3);
  BOOST_TEST(json["label"] == "3");
  BOOST_TEST(json["section"].isNull());
  BOOST_TEST(json["concertDateId"].asInt64() == date);
  BOOST_TEST(json["userId"] == buyer);
  BOOST_TEST(says(told.out, json["title"].asString() + " - " + json["venue"].asString()), told.out);
  BOOST_TEST(says(told.out, json["startsAt"].asString()), told.out);
}

BOOST_AUTO_TEST_CASE(a_void_ticket_is_exit_1) {
  refund();
  const Outcome told = verify(code);
  BOOST_TEST(told.exit_code == 1);
  BOOST_TEST(told.out.starts_with("VOID    seat 3 "), told.out);
  BOOST_TEST(says(told.out, "refunded"), told.out);
  const auto [exit_code, json] = verdict(code);
  BOOST_TEST(exit_code == 1);
  BOOST_TEST(json["status"] == "VOID");
  BOOST_TEST(json["ticketId"] == tickets[0]["ticketId"]);
}

BOOST_AUTO_TEST_CASE(whatever_is_altered_of_another_key_or_unknown_is_forged) {
  const TicketKey key(kTicketKey);
  const TicketClaims claims{TicketId{tickets[0]["ticketId"].asInt64()}, DateId{date}, 3};
  BOOST_TEST(ticket_code(key, claims) == code);
  for (const std::size_t at : {std::size_t{10}, code.find('.') + 5, code.size() - 1}) {
    std::string altered = code;
    altered[at] = altered[at] == 'A' ? 'B' : 'A';
    expect_forged(altered);
  }
  for (const std::string& text :
       {std::string("nonsense"), std::string(), code + "A", code.substr(0, code.size() - 1),
        code.substr(0, code.find('.')), ticket_code(TicketKey(kOtherTicketKey), claims)})
    expect_forged(text);
  // Signed by the key, but of no ticket that there is: of a seat, a date, a reservation.
  const TicketId of_seat_four = ticket_of({ReservationId{reservation}, 4});
  for (const TicketClaims& other :
       {TicketClaims{of_seat_four, DateId{date}, 4}, TicketClaims{claims.ticket, DateId{date}, 7},
        TicketClaims{claims.ticket, DateId{date + 1}, 3},
        TicketClaims{ticket_of({ReservationId{reservation + 1}, 3}), DateId{date}, 3},
        TicketClaims{TicketId{0}, DateId{0}, 0}})
    expect_forged(ticket_code(key, other));
}

BOOST_AUTO_TEST_CASE(without_the_key_nothing_is_said_of_a_ticket) {
  service.configure({{"ticket_key_file", ""}});
  const Outcome none = verify(code);
  BOOST_TEST(none.exit_code == 78);
  BOOST_TEST(none.out.empty());
  BOOST_TEST(says(none.err, "ticket key"), none.err);
  // The door list needs none.
  BOOST_TEST(service.ctl({"ticket", "list", "--date", std::to_string(date)}).exit_code == 0);
  service.configure({{"ticket_key_file", service.folder() + "/token.key"}});
  BOOST_TEST(verify(code).exit_code == 78);
  BOOST_TEST(service.ctl({"ticket", "verify"}).exit_code == 2);
  BOOST_TEST(service.ctl({"ticket", "verify", code, code}).exit_code == 2);
}

BOOST_AUTO_TEST_CASE(the_door_list_is_by_seat_also_as_a_file) {
  const Words list{"ticket", "list", "--date", std::to_string(date)};
  const Json::Value told = service.ctl_json(list);
  BOOST_REQUIRE(told["tickets"].size() == 2U);
  BOOST_TEST(told["concertDateId"].asInt64() == date);
  BOOST_TEST(told["tickets"][0]["seatNumber"] == 3);
  BOOST_TEST(told["tickets"][0]["ticketId"] == tickets[0]["ticketId"]);
  BOOST_TEST(told["tickets"][0]["userId"] == buyer);
  BOOST_TEST(told["tickets"][1]["seatNumber"] == 7);
  refund();
  const std::string id = tickets[0]["ticketId"].asString();
  const std::string text = service.ctl(list).out;
  BOOST_TEST(occurrences(text, "\n") == 3);
  BOOST_TEST(says(text, id + "  VOID "), text);
  Words file = list;
  file.emplace_back("--csv");
  BOOST_TEST(service.ctl(file).out.starts_with(
      fmt::format("\xEF\xBB\xBFseat,ticketId,status,reservationId,userId,label,section,row,category"
                  "\r\n3,{},VOID,{},{},3,,,\r\n7,",
                  id, reservation, buyer)));
  file.emplace_back("--json");
  BOOST_TEST(service.ctl(file).exit_code == 2);
  BOOST_TEST(service.ctl({"ticket", "list", "--date", "999"}).exit_code == 1);
  BOOST_TEST(service.ctl({"ticket", "list"}).exit_code == 2);
}

BOOST_AUTO_TEST_CASE(the_doctor_and_the_start_say_that_there_is_no_key) {
  const auto said = [&] {
    const Outcome outcome = service.ctl({"doctor"});
    BOOST_TEST(outcome.exit_code == 0, outcome.out);
    return outcome.out;
  };
  BOOST_TEST(says(said(), "\nok    ticket key           signs with "));
  const auto warnings = [&] {
    return occurrences(service.log(), "there is no key to sign tickets with");
  };
  BOOST_TEST(warnings() == 1);  // of the first start, before there was a key
  service.configure({{"ticket_key_file", ""}});
  const std::string without = said();
  BOOST_TEST(says(without, "\nOPEN  ticket key           none: nobody gets a ticket"), without);
  BOOST_TEST(says(without, "openssl genpkey -algorithm ed25519"), without);
  service.concertd().stop();
  service.start_concertd();
  BOOST_TEST(warnings() == 2);
  BOOST_TEST(web.get("/tickets/key").code() == "TICKETS_UNAVAILABLE");
}

BOOST_AUTO_TEST_SUITE_END()

namespace {

// concert-setup as it is shipped, on a host without any secret; its database takes everything.
struct Setup {
  Setup() {
    std::string script = source_text("sql/concert-setup");
    put_in_place(script, "folder=/etc/concert-reservation/secrets", "folder=" + secrets);
    put_in_place(script, "share=/usr/share/concert-reservation",
                 "share=" CONCERT_SOURCE_DIR "/sql");
    write_text(folder.path() + "/concert-setup", script);
    for (const char* name : {"mariadb", "concertctl"}) {
      const std::string program = folder.path() + "/" + name;
      write_text(program, "#!/bin/sh\ncat >/dev/null\necho done\n");
      std::filesystem::permissions(program, std::filesystem::perms::owner_all);
    }
  }
  std::string run_setup(const std::string& option) const {
    Words words{"sh", folder.path() + "/concert-setup"};
    if (!option.empty()) words.push_back(option);
    const Outcome outcome =
        run(words, {{"PATH", folder.path() + ":" + std::string(std::getenv("PATH"))}});
    BOOST_TEST(outcome.exit_code == 0, outcome.err);
    return outcome.out;
  }
  bool has_ticket_key() const { return std::filesystem::exists(ticket_key); }

  ScratchFolder folder;
  std::string secrets = folder.path() + "/secrets";
  std::string ticket_key = secrets + "/ticket.key";
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(ticket_key_setup_test, Setup)

BOOST_AUTO_TEST_CASE(a_new_host_gets_a_key_that_only_root_can_read) {
  run_setup("--key");
  BOOST_REQUIRE(has_ticket_key());
  BOOST_CHECK(std::filesystem::status(ticket_key).permissions() ==
              (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
  const std::string made = text_of(ticket_key);
  BOOST_TEST(TicketKey(made).public_key().size() == 32U);
  for (const char* option : {"--key", "--accounts", ""}) {
    BOOST_TEST(!says(run_setup(option), "ticket.key"), option);
    BOOST_TEST(text_of(ticket_key) == made, option);
  }
}

BOOST_AUTO_TEST_CASE(an_upgraded_host_gets_one_only_by_a_whole_run_which_says_so) {
  run_setup("--key");
  std::filesystem::remove(ticket_key);
  run_setup("--key");       // as an upgrade of the package
  run_setup("--accounts");  // as a restore
  BOOST_TEST(!has_ticket_key());
  BOOST_TEST(says(run_setup(""), "ticket.key, which signs tickets: copy it to every host"));
  BOOST_TEST(has_ticket_key());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
