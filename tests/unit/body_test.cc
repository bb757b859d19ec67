#include "http/body.h"

#include <boost/test/unit_test.hpp>

#include "domain/refusal.h"
#include "http/response.h"

namespace concert {
namespace {

Request request_with(const std::string& body, const std::string& type = "application/json") {
  Request request;
  request.body = body;
  request.content_type = type;
  return request;
}

// The code of the refusal that `call` ends with and the field at fault; empty if it does not
// refuse.
template <class Call>
std::string refused(Call call) {
  try {
    call();
    return "";
  } catch (const Refusal& refusal) {
    const std::string code(kind_of(refusal.reason()).code);
    return refusal.field().empty() ? code : code + " " + refusal.field();
  }
}

std::string refused_body(const std::string& body) {
  return refused([&] { parse_object(request_with(body)); });
}

Json::Value object(const std::string& body) { return parse_object(request_with(body)); }

std::string refused_amount(const std::string& amount) {
  return refused([&] { parse_amount(object("{\"amount\":" + amount + "}")); });
}

std::string refused_seats(const std::string& body) {
  return refused([&] { parse_seats(object(body)); });
}

std::string refused_page(const std::string& query) {
  Request request;
  request.target = "/x?" + query;
  return refused([&] { parse_page(request); });
}

std::string nested(int depth) {
  const auto times = static_cast<std::size_t>(depth);
  return "{\"a\":" + std::string(times, '[') + std::string(times, ']') + "}";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(body_test)

BOOST_AUTO_TEST_CASE(json_is_accepted_under_its_media_type_only) {
  for (const char* type :
       {"application/json", "Application/JSON", "application/json; charset=utf-8",
        "application/json;charset=UTF-8", "application/json \t; x=y"}) {
    BOOST_TEST(refused([&] { parse_object(request_with("{}", type)); }).empty(), type);
  }
  for (const char* type : {"", "text/plain", "application/jsonp", "application/json-patch+json",
                           "json", "application/x-www-form-urlencoded", "text/json"}) {
    BOOST_TEST(refused([&] { parse_object(request_with("{}", type)); }) == "MEDIA_TYPE", type);
  }
}

BOOST_AUTO_TEST_CASE(the_media_type_is_judged_before_the_body) {
  BOOST_TEST(refused([&] { parse_object(request_with("{", "text/plain")); }) == "MEDIA_TYPE");
}

BOOST_AUTO_TEST_CASE(a_body_that_is_no_json_object_is_refused) {
  for (const char* body : {"",
                           " ",
                           "null",
                           "true",
                           "1",
                           "\"text\"",
                           "[]",
                           "[{}]",
                           "{",
                           "}",
                           "{}}",
                           "{} {}",
                           "{},",
                           "{}x",
                           "{\"a\":1",
                           "{\"a\"}",
                           "{\"a\":}",
                           "{\"a\":1,}",
                           "{\"\":1,}",
                           "{\"\":{\"\":1 , \n}}",
                           "{,}",
                           "{a:1}",
                           "{'a':1}",
                           "{\"a\":'b'}",
                           "{\"a\":1 \"b\":2}",
                           "{\"a\":[1,]}",
                           "{\"a\":[,1]}",
                           "{\"a\":NaN}",
                           "{\"a\":Infinity}",
                           "{\"a\":-Infinity}",
                           "{\"a\":tru}",
                           "{\"a\":1} // comment",
                           "/* comment */ {}",
                           "{/* comment */\"a\":1}",
                           "{\"a\":5/*,\"a\":7*/}",
                           "{\"a\":[1/*x*/]}",
                           "{\"a\":1// comment\n}",
                           "{\"a\":\"\\x\"}",
                           "{\"a\":\"\\u12\"}",
                           "{1:2}",
                           "{\"a\":1e}"}) {
    BOOST_TEST(refused_body(body) == "MALFORMED_JSON", body);
  }
}

BOOST_AUTO_TEST_CASE(numbers_that_json_does_not_know_are_refused) {
  for (const char* number : {"01", "-01", "+1", ".5", "1.", "0x10", "--1", "1e+", "-"}) {
    const std::string body = std::string("{\"amount\":") + number + "}";
    BOOST_TEST(!refused([&] { parse_amount(object(body)); }).empty(), number);
  }
  for (const char* body :
       {R"({"a":01})", R"({"a":[1,-007]})", R"({"a":00})", R"({"a":"\"","b":01})"}) {
    BOOST_TEST(refused_body(body) == "MALFORMED_JSON", body);
  }
  for (const char* body : {R"({"a":0})", R"({"a":[0,-0,0.01,1.001,10,100,1e00,1E+05,2e-07]})",
                           R"({"a":"01","b":"\"01","c":"\\"})"}) {
    BOOST_TEST(refused_body(body).empty(), body);
  }
}

BOOST_AUTO_TEST_CASE(a_bare_control_character_in_a_string_is_refused) {
  BOOST_TEST(refused_body("{\"a\":\"x\ny\"}") == "MALFORMED_JSON");
  BOOST_TEST(refused_body("{\"a\":\"\t\"}") == "MALFORMED_JSON");
  BOOST_TEST(refused_body(std::string("{\"a\":\"\0\"}", 9)) == "MALFORMED_JSON");
  BOOST_TEST(refused_body(R"({"a":"x\ny\u0000"})").empty());
}

BOOST_AUTO_TEST_CASE(a_repeated_key_is_refused_at_any_depth_and_in_any_spelling) {
  BOOST_TEST(refused_body(R"({"a":1,"a":1})") == "MALFORMED_JSON");
  BOOST_TEST(refused_body(R"({"a":{"b":1,"b":2}})") == "MALFORMED_JSON");
  BOOST_TEST(refused_body(R"({"a":1,"\u0061":2})") == "MALFORMED_JSON");
}

BOOST_AUTO_TEST_CASE(a_body_that_is_not_utf8_or_begins_with_a_mark_is_refused) {
  BOOST_TEST(refused_body("{\"a\":\"\xC3\"}") == "MALFORMED_JSON");
  BOOST_TEST(refused_body("{\"a\":\"\xED\xA0\x80\"}") == "MALFORMED_JSON");
  BOOST_TEST(refused_body("\xEF\xBB\xBF{}") == "MALFORMED_JSON");
  BOOST_TEST(refused_body(std::string("\xFF\xFE{\0}\0", 6)) == "MALFORMED_JSON");
}

BOOST_AUTO_TEST_CASE(nesting_beyond_measure_is_refused_without_harm) {
  BOOST_TEST(refused_body(nested(20)).empty());
  BOOST_TEST(refused_body(nested(100)) == "MALFORMED_JSON");
  BOOST_TEST(refused_body(nested(8000)) == "MALFORMED_JSON");
  BOOST_TEST(refused_body(std::string(16000, '[')) == "MALFORMED_JSON");
  std::string objects;
  for (int i = 0; i < 3000; ++i) objects += "{\"a\":";
  BOOST_TEST(refused_body(objects) == "MALFORMED_JSON");
  BOOST_TEST(refused_body("{}").empty());  // the kept reader is as good as new
}

BOOST_AUTO_TEST_CASE(unknown_fields_and_white_space_are_ignored) {
  BOOST_TEST(
      parse_amount(object(" \r\n\t{ \"other\" : [1, {\"x\": null}] , \"amount\" : 5 } \n")) == 5);
}

BOOST_AUTO_TEST_CASE(a_user_id_is_a_uuid_in_text) {
  BOOST_TEST(parse_user_id(object(R"({"userId":"0B1C2D3E-4F50-6172-8394-A5B6C7D8E9F0"})")).text() ==
             "0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0");
  for (const char* body :
       {"{}", R"({"userId":null})", R"({"userId":1})", R"({"userId":""})", R"({"userId":"me"})",
        R"({"userId":["0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"]})",
        R"({"userid":"0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"})",
        R"({"userId":"0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0 "})"}) {
    BOOST_TEST(refused([&] { parse_user_id(object(body)); }) == "FIELD_INVALID userId", body);
  }
}

BOOST_AUTO_TEST_CASE(an_amount_is_a_whole_number_of_points_within_the_range) {
  BOOST_TEST(parse_amount(object(R"({"amount":1})")) == 1);
  BOOST_TEST(parse_amount(object(R"({"amount":9007199254740991})")) == kMaxPoints);
  for (const char* amount : {"1.0",
                             "\"1\"",
                             "1e3",
                             "1E0",
                             "true",
                             "false",
                             "null",
                             "-1",
                             "0",
                             "-0",
                             "0.5",
                             "9007199254740992",
                             "9223372036854775807",
                             "9223372036854775808",
                             "18446744073709551615",
                             "18446744073709551616",
                             "99999999999999999999999999",
                             "1e400",
                             "-9223372036854775809",
                             "[]",
                             "[1]",
                             "{}",
                             "\"\""}) {
    const std::string code = refused_amount(amount);
    BOOST_TEST((code == "AMOUNT_INVALID amount" || code == "MALFORMED_JSON"),
               amount << " " << code);
  }
  BOOST_TEST(refused_amount("1.0") == "AMOUNT_INVALID amount");
  BOOST_TEST(refused_amount("1e3") == "AMOUNT_INVALID amount");
  BOOST_TEST(refused_amount("9007199254740992") == "AMOUNT_INVALID amount");
  BOOST_TEST(refused([&] { parse_amount(object("{}")); }) == "AMOUNT_INVALID amount");
}

BOOST_AUTO_TEST_CASE(a_date_id_is_a_positive_whole_number) {
  BOOST_TEST(parse_date_id(object(R"({"concertDateId":7})")).value == 7);
  BOOST_TEST(parse_date_id(object(R"({"concertDateId":9007199254740991})")).value == kMaxId);
  for (const char* id : {"0", "-7", "7.0", "\"7\"", "null", "true", "1e2", "9007199254740992",
                         "9223372036854775807", "9223372036854775808"}) {
    const std::string body = std::string("{\"concertDateId\":") + id + "}";
    BOOST_TEST(refused([&] { parse_date_id(object(body)); }) == "FIELD_INVALID concertDateId", id);
  }
  BOOST_TEST(refused([&] { parse_date_id(object("{}")); }) == "FIELD_INVALID concertDateId");
}

BOOST_AUTO_TEST_CASE(seats_are_given_as_one_or_as_a_list_and_come_in_ascending_order) {
  BOOST_TEST(parse_seats(object(R"({"seatNumber":5})")) == SeatNumbers{5},
             boost::test_tools::per_element());
  BOOST_TEST(parse_seats(object(R"({"seatNumbers":[5]})")) == SeatNumbers{5},
             boost::test_tools::per_element());
  BOOST_TEST(parse_seats(object(R"({"seatNumbers":[50,1,7]})")) == (SeatNumbers{1, 7, 50}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(every_other_form_of_seats_is_refused) {
  for (const char* body :
       {"{}", R"({"seatNumbers":[]})", R"({"seatNumbers":5})", R"({"seatNumbers":"5"})",
        R"({"seatNumbers":null})", R"({"seatNumbers":{"0":5}})", R"({"seatNumbers":[5,5]})",
        R"({"seatNumbers":[1,2,1]})", R"({"seatNumbers":[0]})", R"({"seatNumbers":[-1]})",
        R"({"seatNumbers":[60001]})", R"({"seatNumbers":[1.0]})", R"({"seatNumbers":["1"]})",
        R"({"seatNumbers":[true]})", R"({"seatNumbers":[null]})", R"({"seatNumbers":[1,[2]]})",
        R"({"seatNumbers":[4294967297]})", R"({"seatNumber":1,"seatNumbers":[1]})",
        R"({"seatNumber":null,"seatNumbers":[1]})"}) {
    BOOST_TEST(refused_seats(body) == "SEAT_INVALID seatNumbers", body);
  }
  std::string many = "1";
  for (int seat = 2; seat <= kMaxHeldSeats; ++seat) many += "," + std::to_string(seat);
  BOOST_TEST(parse_seats(object(R"({"seatNumbers":[)" + many + "]}")).size() == 1000U);
  BOOST_TEST(refused_seats(R"({"seatNumbers":[)" + many + ",60000]}") ==
             "SEAT_INVALID seatNumbers");
  for (const char* body : {R"({"seatNumber":0})", R"({"seatNumber":null})", R"({"seatNumber":"1"})",
                           R"({"seatNumber":[1]})", R"({"seatNumber":1e0})"}) {
    BOOST_TEST(refused_seats(body) == "SEAT_INVALID seatNumber", body);
  }
}

BOOST_AUTO_TEST_CASE(the_choice_of_seats_may_be_left_to_the_service) {
  BOOST_TEST(!parse_seat_wish(object(R"({"seatNumbers":[5]})")));
  const auto least = parse_seat_wish(object(R"({"bestAvailable":{"count":3}})"));
  BOOST_REQUIRE(least);
  BOOST_TEST(least->terms.count == 3);
  BOOST_TEST(!least->terms.wants_accessible);
  BOOST_TEST(!least->section);
  BOOST_TEST(!least->category);
  const auto most = parse_seat_wish(object(
      R"({"bestAvailable":{"count":1000,"section":"101","category":"R","accessible":true}})"));
  BOOST_REQUIRE(most);
  BOOST_TEST(most->terms.count == 1000);
  BOOST_TEST(most->terms.wants_accessible);
  BOOST_TEST(*most->section == "101");
  BOOST_TEST(*most->category == "R");
}

BOOST_AUTO_TEST_CASE(every_other_form_of_a_choice_is_refused) {
  const auto refused_wish = [](const std::string& wish) {
    return refused([&] { parse_seat_wish(object(R"({"bestAvailable":)" + wish + "}")); });
  };
  for (const char* wish : {"null", "3", "\"3\"", "[]", "true", R"({"count":3},"seatNumber":1)",
                           R"({"count":3},"seatNumbers":[1])"})
    BOOST_TEST(refused_wish(wish) == "FIELD_INVALID bestAvailable", wish);
  for (const char* count : {"0", "-1", "1.0", "1e0", "\"1\"", "null", "true", "[1]", "1001"})
    BOOST_TEST(refused_wish(std::string(R"({"count":)") + count + "}") == "FIELD_INVALID count",
               count);
  BOOST_TEST(refused_wish("{}") == "FIELD_INVALID count");
  for (const char* name : {"section", "category"}) {
    for (const char* value : {"null", "101", "true", "[]", "{}"}) {
      const auto wish = std::string(R"({"count":1,")") + name + "\":" + value + "}";
      BOOST_TEST(refused_wish(wish) == std::string("FIELD_INVALID ") + name, wish);
    }
  }
  for (const char* value : {"null", "1", "\"true\"", "[]"})
    BOOST_TEST(refused_wish(std::string(R"({"count":1,"accessible":)") + value + "}") ==
                   "FIELD_INVALID accessible",
               value);
}

BOOST_AUTO_TEST_CASE(an_idempotency_key_is_1_to_255_printable_characters) {
  Request request = request_with("{}");
  BOOST_TEST(!parse_idempotency_key(request, IdempotentRoute::charge));
  for (const std::string& text :
       {std::string("a"), std::string("a b~!\""), std::string(255, 'k')}) {
    request.idempotency_key = text;
    BOOST_TEST(parse_idempotency_key(request, IdempotentRoute::charge)->text == text);
  }
  for (const std::string& text :
       {std::string(), std::string(256, 'k'), std::string("a\tb"), std::string("caf\xC3\xA9"),
        std::string("a\x7F"), std::string(1, '\0')}) {
    request.idempotency_key = text;
    BOOST_TEST(refused([&] { parse_idempotency_key(request, IdempotentRoute::charge); }) ==
               "IDEMPOTENCY_KEY_INVALID");
  }
}

BOOST_AUTO_TEST_CASE(a_keys_fingerprint_is_of_the_body_byte_for_byte) {
  const auto fingerprint = [](const std::string& body) {
    Request request = request_with(body);
    request.idempotency_key = "k";
    return parse_idempotency_key(request, IdempotentRoute::reservation)->fingerprint;
  };
  BOOST_TEST(fingerprint("{}").size() == 32U);
  BOOST_TEST(fingerprint("{}") == fingerprint("{}"));
  BOOST_TEST(fingerprint("{}") != fingerprint("{ }"));
}

BOOST_AUTO_TEST_CASE(a_positive_number_is_plain_decimal_digits) {
  BOOST_TEST(parse_positive("1").value() == 1);
  BOOST_TEST(parse_positive("9007199254740991").value() == kMaxExactInteger);
  for (const char* text : {"", "0", "-1", "+1", "01", "1.0", "1e2", " 1", "1 ", "0x1",
                           "9007199254740992", "9223372036854775807", "9223372036854775808", "a"}) {
    BOOST_TEST(!parse_positive(text), text);
  }
}

BOOST_AUTO_TEST_CASE(a_page_has_20_entries_unless_the_query_says_otherwise) {
  Request request;
  request.target = "/x";
  BOOST_TEST(parse_page(request).limit == 20);
  BOOST_TEST(!parse_page(request).after);
  request.target = "/x?limit=100&after=9007199254740991&other=1";
  BOOST_TEST(parse_page(request).limit == 100);
  BOOST_TEST(parse_page(request).after.value() == 9007199254740991LL);
}

BOOST_AUTO_TEST_CASE(every_other_form_of_a_page_is_refused_with_its_field) {
  for (const char* value :
       {"0", "101", "-1", "1.0", "", "abc", "%31%zz", "01", "+5", "1e1", "9223372036854775808"}) {
    BOOST_TEST(refused_page(std::string("limit=") + value) == "FIELD_INVALID limit", value);
  }
  for (const char* value :
       {"0", "-1", "1.0", "", "abc", "9007199254740992", "9223372036854775808"}) {
    BOOST_TEST(refused_page(std::string("after=") + value) == "FIELD_INVALID after", value);
  }
  BOOST_TEST(refused_page("limit=1&limit=1") == "FIELD_INVALID limit");
  BOOST_TEST(refused_page("after=1&after=2") == "FIELD_INVALID after");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
