// A change of the token key as README.md tells an administrator to make it, with users inside.
#include <fmt/format.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <map>
#include <mutex>
#include <sstream>
#include <thread>

#include "service/access/token_text.h"
#include "support/jwt.h"
#include "support/ops_background.h"
#include "support/ops_service.h"
#include "support/stack.h"
#include "support/test_user.h"

namespace concert::test {
namespace {

using Outcomes = std::map<std::string, int>;

std::string kid_of(const std::string& token) { return header_of_jwt(token)["kid"].asString(); }

std::string outcome_of(const Reply& reply) {
  return reply.status < 400 ? std::to_string(reply.status)
                            : fmt::format("{} {}", reply.status, reply.code());
}

// One client, which sends three tokens: its first, its newest and that of a new user.
void go_on(const std::string& url, std::mutex& one_at_a_time, Outcomes& outcomes,
           const std::atomic<bool>& stop) {
  Web web(url);
  const auto joined = [&] { return web.post("/token", "", user_body(new_uuid())); };
  const std::string first = joined().json()["token"].asString();
  std::string newest = first;
  while (!stop) {
    const Reply guest = joined();
    const std::string token = guest.json()["token"].asString();
    const Reply renewed = web.get("/token/refresh", newest);
    const std::vector<Reply> replies{guest, web.get("/token/refresh", token), renewed,
                                     web.get("/token/refresh", first)};
    newest = renewed.json()["token"].asString();
    const std::lock_guard lock(one_at_a_time);
    for (const Reply& reply : replies) ++outcomes[outcome_of(reply)];
    ++outcomes["kid:" + kid_of(token)];
  }
}

std::string go_on_together(const std::string& url, const std::atomic<bool>& stop) {
  constexpr int kClients = 4;
  std::mutex one_at_a_time;
  Outcomes outcomes;
  std::vector<std::thread> threads;
  for (int i = 0; i < kClients; ++i) {
    threads.emplace_back([&] { go_on(url, one_at_a_time, outcomes, stop); });
  }
  for (auto& thread : threads) thread.join();
  std::ostringstream result;
  for (const auto& [outcome, count] : outcomes) result << outcome << '\t' << count << '\n';
  return result.str();
}

Outcomes parse(const std::string& text) {
  std::istringstream lines(text);
  Outcomes outcomes;
  for (std::string outcome, count;
       std::getline(lines, outcome, '\t') && std::getline(lines, count);) {
    outcomes[outcome] = std::stoi(count);
  }
  return outcomes;
}

struct TwoKeys {
  TwoKeys() { write_text(new_file, kNewKey); }
  ~TwoKeys() { BOOST_TEST(service.faults_of_logs({kNewKey, first}) == ""); }

  void configure(const std::string& signing, const std::string& accepted) {
    service.configure({{"token_key_file", signing}, {"accepted_token_key_file", accepted}});
  }
  // As `systemctl reload`, with these two lines in concert.conf.
  bool reload(const std::string& signing, const std::string& accepted) {
    configure(signing, accepted);
    return service.reload();
  }
  // Waits until some more users have come.
  bool goes_on() const {
    Session database = service.database();
    const auto users = [&] {
      auto rows = database.query("SELECT COUNT(*) FROM user");
      rows.next();
      return rows.number(1);
    };
    const std::int64_t enough = users() + 20;
    return eventually([&] { return users() >= enough; });
  }
  bool logged(const std::string& text) const {
    return service.log().find(text) != std::string::npos;
  }

  static constexpr const char* kNewKey = "the-new-signing-key-that-no-log-may-show";
  Service service{{{"active_limit", "3"}}};
  Web web = service.web();
  std::string old_file = service.folder() + "/token.key";
  std::string new_file = service.folder() + "/token-2.key";
  std::string old_kid = fingerprint_of_key(Service::kTokenKey);
  std::string new_kid = fingerprint_of_key(kNewKey);
  std::string user = new_uuid();
  std::string first = service.new_token(web, user);
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(rotation_test, TwoKeys)

BOOST_AUTO_TEST_CASE(nobody_is_thrown_out_by_a_change_of_keys_under_load) {
  Background users([url = service.url()](const auto& stop) { return go_on_together(url, stop); });
  BOOST_TEST(goes_on());
  BOOST_TEST(reload(old_file, new_file));
  BOOST_TEST(goes_on());
  BOOST_TEST(reload(new_file, old_file));
  BOOST_TEST(goes_on());
  const Outcomes outcomes = parse(users.stop());
  for (const auto& [outcome, count] : outcomes) {
    BOOST_TEST_MESSAGE(count << " x " << outcome);
    const bool good = outcome == "200" || outcome == "201" || outcome == "kid:" + old_kid ||
                      outcome == "kid:" + new_kid;
    BOOST_TEST(good, outcome);
  }
  BOOST_TEST(outcomes.size() == 4U);
  for (const std::string& text :
       {fmt::format("are signed with key {}.", old_kid),
        fmt::format("are signed with key {}; those of key {} are accepted too.", old_kid, new_kid),
        fmt::format("are signed with key {}; those of key {} are accepted too.", new_kid,
                    old_kid)}) {
    BOOST_TEST(logged(text), text);
  }
}

BOOST_AUTO_TEST_CASE(the_old_key_is_good_until_it_is_removed) {
  BOOST_TEST(kid_of(first) == old_kid);
  BOOST_TEST(reload(old_file, new_file));
  BOOST_TEST(reload(new_file, old_file));
  const Reply refreshed = web.get("/token/refresh", first);
  BOOST_TEST(refreshed.status == 200);
  const std::string second = refreshed.json()["token"].asString();
  BOOST_TEST(kid_of(second) == new_kid);
  BOOST_TEST(web.get("/concerts", first).status == 200);
  BOOST_TEST(reload(new_file, ""));
  BOOST_TEST(outcome_of(web.get("/concerts", first)) == "401 TOKEN_INVALID");
  BOOST_TEST(web.get("/concerts", second).status == 200);
}

// Without the steps every token becomes invalid. After a leak of the key that is intended, and a
// user who asks for a token again gets the old place back.
BOOST_AUTO_TEST_CASE(a_key_changed_in_one_step_throws_out_and_asking_again_keeps_the_place) {
  for (int i = 0; i < 4; ++i) service.new_token(web, new_uuid());
  const std::string waiting = new_uuid();
  const Reply before = web.post("/token", "", user_body(waiting));
  BOOST_TEST(before.json()["status"] == "WAITING");
  BOOST_TEST(reload(new_file, ""));
  for (const std::string& text : {first, before.json()["token"].asString()}) {
    BOOST_TEST(outcome_of(web.get("/token/refresh", text)) == "401 TOKEN_INVALID");
  }
  const Reply again = web.post("/token", "", user_body(waiting));
  BOOST_TEST(again.status == 200);
  BOOST_TEST(again.json()["position"] == before.json()["position"]);
  BOOST_TEST(web.get("/token/refresh", again.json()["token"].asString()).status == 200);
}

BOOST_AUTO_TEST_CASE(with_a_bad_new_key_the_old_configuration_stays) {
  for (const std::string& bad : {service.folder() + "/absent.key", old_file}) {
    configure(old_file, bad);
    BOOST_TEST(service.refuses_reload());
    BOOST_TEST(web.get("/concerts", first).status == 200);
  }
  BOOST_TEST(occurrences(service.log(), "`accepted_token_key_file`") == 2);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
