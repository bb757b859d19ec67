#include <boost/test/unit_test.hpp>

#include "support/files.h"
#include "support/test_user.h"

namespace concert::test {
namespace {

struct OneUser {
  Stack& stack = shared_stack();
  TestUser user{stack};
  std::int64_t concert = stack.add_concert();
  std::string dates = "/concerts/" + std::to_string(concert) + "/dates";

  HttpResponse read(const std::string& cache) {
    HttpResponse answer = user.get(dates);
    BOOST_TEST(answer.outcome() == "200");
    BOOST_TEST(answer.header("x-cache") == cache);
    return answer;
  }
};

std::vector<std::int64_t> ids(const Json::Value& list, const char* name) {
  std::vector<std::int64_t> found;
  for (const Json::Value& item : list) found.push_back(item[name].asInt64());
  return found;
}

using Ids = std::vector<std::int64_t>;

}  // namespace

BOOST_AUTO_TEST_SUITE(concerts_test)

BOOST_AUTO_TEST_CASE(concerts_come_in_pages_in_order_of_id) {
  Stack stack;
  TestUser user(stack);
  const auto empty = user.get("/concerts");
  BOOST_TEST(empty.outcome() == "200");
  BOOST_TEST(empty.json()["concerts"].isArray());
  BOOST_TEST(empty.json()["concerts"].size() == 0U);
  BOOST_TEST(empty.json()["next"].isNull());
  Ids all;
  for (int i = 0; i < 23; ++i) all.push_back(stack.add_concert("Concert " + std::to_string(i)));
  const auto first = user.get("/concerts").json();
  BOOST_TEST(ids(first["concerts"], "concertId") == Ids(all.begin(), all.begin() + 20));
  BOOST_TEST(first["next"].asInt64() == all[19]);
  const auto second = user.get("/concerts?after=" + first["next"].asString()).json();
  BOOST_TEST(ids(second["concerts"], "concertId") == Ids(all.begin() + 20, all.end()));
  BOOST_TEST(second["next"].isNull());
  const auto two = user.get("/concerts?limit=2&after=" + std::to_string(all[4])).json();
  BOOST_TEST(ids(two["concerts"], "concertId") == Ids(all.begin() + 5, all.begin() + 7));
  BOOST_TEST(two["next"].asInt64() == all[6]);
  // A page that is just full is the last one.
  const auto exact = user.get("/concerts?limit=3&after=" + first["next"].asString()).json();
  BOOST_TEST(exact["concerts"].size() == 3U);
  BOOST_TEST(exact["next"].isNull());
  BOOST_TEST(user.get("/concerts?limit=100").json()["concerts"].size() == 23U);
  BOOST_TEST(user.get("/concerts?after=9007199254740991").json()["concerts"].size() == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_concert_tells_its_next_date, OneUser) {
  concert = stack.add_concert();
  const std::string path = "/concerts?limit=1&after=" + std::to_string(concert - 1);
  const auto only = [&] { return user.get(path).json()["concerts"][0]; };
  BOOST_TEST(only()["concertId"].asInt64() == concert);
  BOOST_TEST(only()["title"].asString() == "A concert");
  BOOST_TEST(only()["venue"].asString() == "A hall");
  BOOST_TEST(only()["nextStartsAt"].isNull());
  stack.add_date(concert, 1, 1, 90000);
  const std::string later = only()["nextStartsAt"].asString();
  BOOST_TEST(later > time_from_now(80000));
  stack.add_date(concert, 1, 1, 3000);
  BOOST_TEST(only()["nextStartsAt"].asString() < later);
}

BOOST_FIXTURE_TEST_CASE(titles_are_utf_8, OneUser) {
  const std::string title =
      "N\xC3\xA4"
      "chte \xE2\x80\x93 \xF0\x9F\x8E\xBB \"live\" \\ <b>";
  const auto id = stack.add_concert(title);
  const auto dates_of_it = user.get("/concerts/" + std::to_string(id) + "/dates");
  BOOST_TEST(dates_of_it.json()["title"].asString() == title);
}

BOOST_FIXTURE_TEST_CASE(a_wrong_page_is_refused, OneUser) {
  for (const std::string& path : Texts{"/concerts", "/client/" + user.id() + "/reservations",
                                       "/client/" + user.id() + "/ledger"}) {
    for (const std::string& value : Texts{"0", "-1", "101", "1.0", "1e1", "x", "", "%31%30x", "+5",
                                          "010", "99999999999999999999", "5&limit=5"}) {
      const auto refused = user.get(path + "?limit=" + value);
      BOOST_TEST(refused.outcome() == "422 FIELD_INVALID", path << " " << value);
      BOOST_TEST(refused.json()["field"].asString() == "limit");
    }
    for (const std::string& value :
         Texts{"0", "-1", "1.0", "x", "", "null", "99999999999999999999", "1&after=1"}) {
      const auto refused = user.get(path + "?after=" + value);
      BOOST_TEST(refused.outcome() == "422 FIELD_INVALID", path << " " << value);
      BOOST_TEST(refused.json()["field"].asString() == "after");
    }
    for (const std::string& good :
         Texts{"?limit=1", "?limit=100", "?after=1", "?limit=%35", "?other=x"}) {
      BOOST_TEST(user.get(path + good).outcome() == "200", path << good);
    }
  }
}

BOOST_FIXTURE_TEST_CASE(dates_are_read_once_and_then_cached, OneUser) {
  const auto later = stack.add_date(concert, 7, 1, 90000);
  const auto sooner = stack.add_date(concert, 1000, 1, 80000);
  const auto first = read("MISS");
  const Json::Value answer = first.json();
  BOOST_TEST(answer["concertId"].asInt64() == concert);
  BOOST_TEST(answer["title"].asString() == "A concert");
  BOOST_TEST(ids(answer["dates"], "concertDateId") == (Ids{sooner, later}));
  BOOST_TEST(answer["dates"][0]["seatCount"].asInt() == 1000);
  BOOST_TEST(answer["dates"][0]["startsAt"].asString() > time_from_now(79000));
  BOOST_TEST(read("HIT").body == first.body);
  TestUser another(stack);
  BOOST_TEST(another.get(dates).header("x-cache") == "HIT");
}

BOOST_FIXTURE_TEST_CASE(a_date_that_was_added_is_listed_at_once, OneUser) {
  BOOST_TEST(read("MISS").json()["dates"].size() == 0U);
  read("HIT");
  for (unsigned count = 1; count <= 5; ++count) {
    const auto added = stack.add_date(concert);
    const auto listed = ids(read("MISS").json()["dates"], "concertDateId");
    BOOST_TEST(listed.size() == count);
    BOOST_TEST(listed.back() == added);
    read("HIT");
  }
}

BOOST_FIXTURE_TEST_CASE(a_date_that_has_begun_is_never_listed, OneUser) {
  const auto soon = stack.add_date(concert);
  const auto later = stack.add_date(concert, 2, 1, 90 * 86400);
  stack.begin_in(soon, 5);  // far enough to be seen before, on a slow machine too
  const std::string begins = read("MISS").json()["dates"][0]["startsAt"].asString();
  // This host and the database share a clock, but not the moment of reading it.
  const std::int64_t blink_s = 1;
  const bool gone = eventually([&] {
    const bool must_be_gone = time_from_now(-blink_s) > begins;
    const auto listed = ids(user.get(dates).json()["dates"], "concertDateId");
    BOOST_TEST((listed.size() == 1U || !must_be_gone), begins);
    if (listed.size() == 1U) BOOST_TEST(time_from_now(blink_s) > begins);
    return listed == Ids{later};
  });
  BOOST_TEST(gone);
  // The worker that saw it first fails to keep it only if memcached was slow, and logs that.
  if (user.get(dates).header("x-cache") == "HIT") return;
  const std::string log = text_of(stack.folder() + "/concertd.log");
  BOOST_TEST(log.find("memcached does not answer") != std::string::npos);
  BOOST_TEST(eventually([&] { return user.get(dates).header("x-cache") == "HIT"; }));
}

BOOST_FIXTURE_TEST_CASE(an_unknown_concert_is_not_found, OneUser) {
  for (const std::string& id : Texts{"999999999", "9007199254740991"}) {
    BOOST_TEST(user.get("/concerts/" + id + "/dates").outcome() == "404 CONCERT_NOT_FOUND");
    // A missing concert is not cached as an empty list.
    BOOST_TEST(user.get("/concerts/" + id + "/dates").outcome() == "404 CONCERT_NOT_FOUND");
  }
}

BOOST_AUTO_TEST_CASE(a_list_lives_as_long_in_the_cache_as_configured) {
  const Stack stack{{"dates_cache_seconds", "1"}};
  TestUser user(stack);
  const std::string dates = "/concerts/" + std::to_string(stack.add_concert()) + "/dates";
  BOOST_TEST(user.get(dates).header("x-cache") == "MISS");
  BOOST_TEST(eventually([&] { return user.get(dates).header("x-cache") == "MISS"; }));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
