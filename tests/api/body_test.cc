#include <fmt/format.h>

#include <boost/test/unit_test.hpp>

#include "support/raw_connection.h"
#include "support/test_user.h"

namespace concert::test {
namespace {

struct TokenAsker {
  Stack& stack = shared_stack();
  HttpClient client = stack.client();

  HttpResponse ask_token(const std::string& body, const std::string& type = "application/json") {
    return client.send({"POST", "/token", {{"Content-Type", type}}, body});
  }
  // A good body of POST /token, filled up with spaces to `size` bytes.
  static std::string body_of_size(std::size_t size) {
    std::string body = *token_request(new_uuid()).body;
    body.append(size - body.size(), ' ');
    return body;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(body_test, TokenAsker)

BOOST_AUTO_TEST_CASE(a_body_that_is_not_one_json_object_is_malformed) {
  const std::string id = new_uuid();
  const std::string good = R"({"userId": ")" + id + R"("})";
  const std::vector<std::string> bodies{
      "",
      " ",
      "[]",
      "1",
      "null",
      "true",
      "\"" + id + "\"",
      "{",
      "}",
      "{]",
      good + good,
      good + "x",
      good + ",",
      "[" + good + "]",
      R"({"userId": ")" + id + R"(",})",
      R"({"userId": ")" + id + R"(", "": 1,})",
      "{'userId': '" + id + "'}",
      R"({userId: ")" + id + R"("})",
      "// hello\n" + good,
      "/* hello */" + good,
      R"({"userId": ")" + id + R"(", "userId": ")" + id + R"("})",
      R"({"x": 1, "x": 2, "userId": ")" + id + R"("})",
      R"({"x": NaN, "userId": ")" + id + R"("})",
      R"({"x": Infinity, "userId": ")" + id + R"("})",
      "\xEF\xBB\xBF" + good,
      R"({"x": ")"
      "\xFF"
      R"(", "userId": ")" +
          id + R"("})",
      R"({"x": ")"
      "\xED\xA0\x80"
      R"(", "userId": ")" +
          id + R"("})",
      R"({"x": )" + std::string(5000, '[') + std::string(5000, ']') + "}",
      std::string(16384, '['),
      std::string(16384, '{'),
      std::string("\0\0\0", 3),
      good + std::string(1, '\0')};
  for (const std::string& body : bodies) {
    BOOST_TEST(ask_token(body).outcome() == "400 MALFORMED_JSON", body.substr(0, 80));
  }
}

BOOST_AUTO_TEST_CASE(a_number_too_large_for_a_parser_is_refused_and_does_no_harm) {
  TestUser user(stack);
  for (const std::string& number : Texts{"1e999", "-1e999", "1" + std::string(400, '0'),
                                         std::string("0.") + std::string(9000, '1')}) {
    const auto answer = user.patch_charge(R"({"amount": )" + number + "}");
    BOOST_TEST((answer.status == 400 || answer.status == 422), answer.body);
  }
}

BOOST_AUTO_TEST_CASE(a_wrong_content_type_is_refused) {
  const std::string body = *token_request(new_uuid()).body;
  for (const std::string& type :
       Texts{"text/plain", "application/x-www-form-urlencoded", "json", "application/jsonx",
             "application/problem+json", "text/json"}) {
    BOOST_TEST(ask_token(body, type).outcome() == "415 MEDIA_TYPE", type);
  }
  BOOST_TEST(client.send({"POST", "/token", {}, body}).outcome() == "415 MEDIA_TYPE");
  TestUser user(stack);
  BOOST_TEST(user.patch_charge(R"({"amount": 1})", {{"Content-Type", "text/plain"}}).outcome() ==
             "415 MEDIA_TYPE");
  BOOST_TEST(user.post("/reservation", "{}", {{"Content-Type", "text/plain"}}).outcome() ==
             "415 MEDIA_TYPE");
}

BOOST_AUTO_TEST_CASE(parameters_and_case_of_the_content_type_do_not_matter) {
  for (const std::string& type :
       Texts{"application/json", "application/json; charset=utf-8",
             "application/json;charset=UTF-8", "Application/JSON", "application/json ; x=y"}) {
    BOOST_TEST(ask_token(*token_request(new_uuid()).body, type).outcome() == "201", type);
  }
}

BOOST_AUTO_TEST_CASE(a_body_has_16_kib_at_most) {
  BOOST_TEST(ask_token(body_of_size(16384)).outcome() == "201");
  BOOST_TEST(ask_token(body_of_size(16385)).outcome() == "413 BODY_TOO_LARGE");
  BOOST_TEST(ask_token(body_of_size(200000)).outcome() == "413 BODY_TOO_LARGE");
  // The token's refusals come before all others, but nginx does not read tokens.
  BOOST_TEST(client.send({"POST", "/reservation", {}, std::string(16385, ' ')}).outcome() ==
             "413 BODY_TOO_LARGE");
}

BOOST_AUTO_TEST_CASE(a_chunked_body_is_accepted_and_limited_like_any_other) {
  const auto chunked = [&](const std::string& body) {
    HttpRequest said = token_request("");
    said.body = body;
    return send_raw(stack.port(),
                    "POST /token HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                    "Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n" +
                        fmt::format("{:x}\r\n{}\r\n0\r\n\r\n", body.size(), body),
                    said);
  };
  BOOST_TEST(chunked(*token_request(new_uuid()).body).outcome() == "201");
  BOOST_TEST(chunked(body_of_size(16384)).outcome() == "201");
  BOOST_TEST(chunked(body_of_size(16385)).outcome() == "413 BODY_TOO_LARGE");
}

BOOST_AUTO_TEST_CASE(unknown_fields_are_ignored) {
  const std::string id = new_uuid();
  BOOST_TEST(
      ask_token(R"({"x": [{"y": null}], "userId": ")" + id + R"(", "Z": 1.5e3})").outcome() ==
      "201");
  TestUser user(stack);
  BOOST_TEST(user.patch_charge(R"({"amount": 5, "balance": 1000000})").outcome() == "200");
  BOOST_TEST(user.balance() == 5);
}

BOOST_AUTO_TEST_CASE(an_invalid_field_is_named) {
  const std::string id = new_uuid();
  for (const std::string& body :
       Texts{"{}", std::string(R"({"userid": ")") + id + R"("})",
             std::string(R"({"userId": null})"), std::string(R"({"userId": 1})"),
             std::string(R"({"userId": ""})"), std::string(R"({"userId": [")") + id + R"("]})",
             std::string(R"({"userId": "{)") + id + R"(}"})",
             std::string(R"({"userId": " )") + id + R"("})", R"({"userId": ")" + id + R"(0"})",
             R"({"userId": ")" + id.substr(1) + R"("})", R"({"userId": ")" + id + R"(\u0000"})",
             std::string(R"({"userId": "0123456789abcdef0123456789abcdef"})"),
             std::string(R"({"userId": "gggggggg-0000-4000-8000-000000000000"})")}) {
    const auto refused = ask_token(body);
    BOOST_TEST(refused.outcome() == "422 FIELD_INVALID", body);
    BOOST_TEST(refused.json()["field"].asString() == "userId");
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
