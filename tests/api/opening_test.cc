// An opening from its announcement to the admission of everybody, and its draw checked from
// outside.
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <fstream>
#include <thread>

#include "domain/instant.h"
#include "support/jwt.h"
#include "support/test_user.h"

namespace concert::test {
namespace {

Instant now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::milliseconds>(since).count()};
}

struct OwnOpening {
  OwnOpening() {
    stack.ctl({"concert", "set", "--concert", std::to_string(concert), "--queue", queue});
  }
  Json::Value open_at(Instant at, Instant from, Instant until) {
    return stack.ctl({"queue", "open-at", "--queue", queue, "--at", at.rfc3339(), "--register-from",
                      from.rfc3339(), "--register-until", until.rfc3339()});
  }
  HttpResponse join() { return client.send(join_request(new_uuid(), concert)); }
  HttpResponse refresh(const HttpResponse& joined) {
    return client.send({"GET", "/token/refresh", {{"token", joined.json()["token"].asString()}}});
  }
  Json::Value shown() { return client.send({"GET", "/queues/" + queue}).json(); }
  static void sleep_until(Instant at) {
    std::this_thread::sleep_for(std::chrono::milliseconds(at - now() + 20));
  }
  // What tools/verify-draw says of what is published.
  Outcome verify(const std::vector<std::string>& more) {
    const std::string file = folder.path() + "/queue.json";
    std::ofstream(file) << compact(shown());
    std::vector<std::string> words{CONCERT_SOURCE_DIR "/tools/verify-draw", file};
    words.insert(words.end(), more.begin(), more.end());
    return run(words);
  }

  ScratchFolder folder;
  Stack stack{{"active_limit", "2"}, {"admit_per_pass", "2"}};
  HttpClient client = stack.client();
  std::int64_t concert = stack.add_concert();
  std::int64_t date = stack.add_date(concert, 10);
  std::string queue =
      std::to_string(stack.ctl({"queue", "add", "--name", "Winter Journey"})["queueId"].asInt64());
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(opening_api_test, OwnOpening)

BOOST_AUTO_TEST_CASE(an_opening_is_fair_and_can_be_checked) {
  const Instant begun = now();
  const Instant from = begun + 2000, until = begun + 4000, at = begun + 5000;
  open_at(at, from, until);
  const HttpResponse early = join();
  BOOST_TEST(early.outcome() == "409 NOT_YET_OPEN");
  BOOST_TEST(early.json()["registerFrom"].asString() == from.rfc3339());
  BOOST_TEST(early.json()["opensAt"].asString() == at.rfc3339());
  BOOST_TEST(shown()["phase"] == "CLOSED");
  const std::string commitment = shown()["draw"]["commitment"].asString();

  sleep_until(from);
  std::vector<HttpResponse> joined;
  joined.reserve(6);
  for (int i = 0; i < 6; ++i) joined.push_back(join());
  for (int i = 0; i < 6; ++i) {
    const Json::Value body = joined[static_cast<std::size_t>(i)].json();
    BOOST_TEST(body["status"] == "WAITING");
    BOOST_TEST(body["phase"] == "REGISTERING");
    BOOST_TEST(body["entry"].asInt() == i + 1);
    BOOST_TEST(body["position"].isNull());
    BOOST_TEST(body["place"].isNull());
    BOOST_TEST(body["opensAt"].asString() == at.rfc3339());
    BOOST_TEST(claims_of_jwt(body["token"].asString())["entry"].asInt() == i + 1);
  }
  BOOST_TEST(refresh(joined[2]).json()["entry"].asInt() == 3);

  sleep_until(until);
  const HttpResponse late = join();
  BOOST_TEST(late.json()["phase"] == "FROZEN");
  BOOST_TEST(late.json()["place"].asInt() == 7);
  BOOST_TEST(late.json()["position"].asInt() == 7);
  stack.ctl({"queue", "public-value", "--queue", queue, "--text", "7 11 23"});

  sleep_until(at);
  stack.cron();
  BOOST_TEST(eventually([&] { return shown()["phase"] == "OPEN"; }));
  const Json::Value draw = shown()["draw"];
  BOOST_TEST(draw["commitment"].asString() == commitment);
  BOOST_TEST(draw["publicValue"] == "7 11 23");
  BOOST_TEST(draw["entries"].asInt() == 6);
  BOOST_TEST(eventually([&] { return shown()["active"].asInt() == 2; }));
  int inside = 0;
  for (std::size_t i = 0; i < joined.size(); ++i) {
    const std::string entry = std::to_string(i + 1);
    const Outcome verified = verify({entry});
    BOOST_TEST(verified.exit_code == 0);
    const int place = std::stoi(verified.out);
    const Json::Value body = refresh(joined[i]).json();
    if (place <= 2) {
      BOOST_TEST(body["status"] == "ACTIVE");
      ++inside;
      continue;
    }
    BOOST_TEST(body["place"].asInt() == place);
    BOOST_TEST(body["position"].asInt() == place - 2);
    BOOST_TEST(verify({entry, std::to_string(place)}).exit_code == 0);
    BOOST_TEST(verify({entry, std::to_string(place - 1)}).exit_code == 1);
  }
  BOOST_TEST(inside == 2);
  BOOST_TEST(refresh(late).json()["position"].asInt() == 5);
  BOOST_TEST(stack.ctl({"audit"})["ok"].asBool());
}

BOOST_AUTO_TEST_CASE(an_administrator_sees_the_opening_in_the_state_of_its_queue) {
  const auto status = [&] { return stack.ctl({"queue", "status", "--queue", queue}); };
  const auto listed = [&](std::size_t at) {
    return stack.ctl({"queue", "list"})["queues"][static_cast<Json::ArrayIndex>(at)];
  };
  BOOST_TEST(!status().isMember("phase"));
  BOOST_TEST(!status().isMember("opensAt"));
  const Instant from = now() + 3'600'000, until = from + 1000, at = until + 1000;
  open_at(at, from, until);
  BOOST_TEST(status()["phase"] == "CLOSED");
  open_at(at, now(), until);
  join();
  join();
  const Json::Value shown = status();
  BOOST_TEST(shown["phase"] == "REGISTERING");
  BOOST_TEST(shown["opensAt"].asString() == at.rfc3339());
  BOOST_TEST(shown["registerFrom"].asString() < at.rfc3339());
  BOOST_TEST(shown["registerUntil"].asString() == until.rfc3339());
  BOOST_TEST(shown["entries"].isNull());
  BOOST_TEST(shown["waiting"] == 2);
  BOOST_TEST(listed(1)["phase"] == "REGISTERING");
  BOOST_TEST(!listed(0).isMember("phase"));
  stack.database().execute(
      "UPDATE queue SET register_until = register_from, entries = 2, opens_at = NOW(3), "
      "drawn_at = NOW(3) WHERE queue_id = ?",
      {std::stol(queue)});
  BOOST_TEST(status()["phase"] == "OPEN");
  BOOST_TEST(status()["entries"] == 2);
}

BOOST_AUTO_TEST_CASE(an_administrator_is_told_why_an_opening_is_refused) {
  const Instant at = now() + 3'600'000;
  BOOST_TEST(open_at(at, now(), at)["opensAt"].asString() == at.rfc3339());
  BOOST_CHECK_THROW(stack.ctl({"queue", "public-value", "--queue", queue, "--text", "7"}),
                    std::runtime_error);
  BOOST_CHECK_THROW(
      stack.ctl({"queue", "open-at", "--queue", queue, "--at", "2020-01-01T00:00:00Z"}),
      std::runtime_error);
  BOOST_CHECK_THROW(stack.ctl({"queue", "open-at", "--queue", "77", "--at", at.rfc3339()}),
                    std::runtime_error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
