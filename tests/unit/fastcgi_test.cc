#include "worker/fastcgi.h"

#include <boost/test/unit_test.hpp>

#include "domain/refusal.h"
#include "http/body.h"
#include "support/fastcgi.h"

namespace concert {
namespace {

using test::FastCgiRequest;

Request head(const std::vector<std::string>& parameters) {
  return read_head(FastCgiRequest(parameters, "", 1).get());
}

// What comes of `sent` under a CONTENT_LENGTH: the body that was read, or why there is none.
std::string body(const std::string& length, const std::string& sent, std::size_t piece = 7) {
  std::string text;
  switch (read_body(FastCgiRequest({"CONTENT_LENGTH=" + length}, sent, piece).get(), text)) {
    case BodyOutcome::whole: return text;
    case BodyOutcome::too_large: return "too large";
    case BodyOutcome::cut_short: return "cut short";
  }
  return "no outcome";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fastcgi_test)

BOOST_AUTO_TEST_CASE(the_head_has_the_values_of_the_parameters) {
  const Request request = head(
      {"REQUEST_METHOD=PATCH", "REQUEST_URI=/a?b=c=d", "CONTENT_TYPE=application/json",
       "HTTP_TOKEN=t", "HTTP_AUTHORIZATION=Bearer u", "HTTP_IDEMPOTENCY_KEY=", "REQUEST_ID=id-1",
       "HTTP_TOKENS=no", "HTTP_TOKE=no", "TOKEN=no"});
  BOOST_TEST(request.method == "PATCH");
  BOOST_TEST(request.target == "/a?b=c=d");
  BOOST_TEST(request.content_type == "application/json");
  BOOST_TEST(request.token_header.value() == "t");
  BOOST_TEST(request.authorization.value() == "Bearer u");
  BOOST_TEST(request.idempotency_key.value().empty());
  BOOST_TEST(request.request_id == "id-1");
}

BOOST_AUTO_TEST_CASE(a_header_that_was_not_sent_is_absent) {
  const Request request = head({});
  BOOST_TEST(request.method.empty());
  BOOST_TEST(request.target == "/");
  BOOST_TEST(!request.token_header);
  BOOST_TEST(!request.authorization);
  BOOST_TEST(!request.idempotency_key);
  BOOST_TEST(is_request_id(request.request_id));
}

BOOST_AUTO_TEST_CASE(a_header_sent_twice_is_both_values) {
  BOOST_TEST(head({"HTTP_TOKEN=a", "X=y", "HTTP_TOKEN=b"}).token_header.value() == "a\nb");
  BOOST_TEST(head({"HTTP_TOKEN=a", "HTTP_TOKEN="}).token_header.value() == "a\n");
}

BOOST_AUTO_TEST_CASE(an_idempotency_key_sent_twice_is_refused) {
  const auto refused = [](const std::vector<std::string>& parameters) {
    try {
      parse_idempotency_key(head(parameters), IdempotentRoute::charge);
      return false;
    } catch (const Refusal& refusal) {
      return refusal.reason() == Reason::idempotency_key_invalid;
    }
  };
  BOOST_TEST(refused({"HTTP_IDEMPOTENCY_KEY=k1", "HTTP_IDEMPOTENCY_KEY=k2"}));
  BOOST_TEST(refused({"HTTP_IDEMPOTENCY_KEY=k", "HTTP_IDEMPOTENCY_KEY=k"}));
  // nginx 1.23 and later join the two values with a comma, which looks like one key.
  BOOST_TEST(!refused({"HTTP_IDEMPOTENCY_KEY=k1, k2"}));
}

BOOST_AUTO_TEST_CASE(a_trace_is_accepted_where_a_trusted_proxy_sent_it_once_and_well_formed) {
  const std::string good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const std::string trusted = "TRACE_TRUSTED=1";
  BOOST_TEST(head({trusted, "HTTP_TRACEPARENT=" + good}).trace.value().text() == good);
  BOOST_TEST(!head({trusted, "HTTP_TRACEPARENT=" + good, "HTTP_TRACEPARENT=" + good}).trace);
  BOOST_TEST(!head({trusted, "HTTP_TRACEPARENT=" + good + "-x"}).trace);
  BOOST_TEST(!head({trusted, "HTTP_TRACEPARENT="}).trace);
  BOOST_TEST(!head({trusted, "TRACEPARENT=" + good}).trace);
  for (const char* other : {"TRACE_TRUSTED=0", "TRACE_TRUSTED=", "HTTP_TRACE_TRUSTED=1"})
    BOOST_TEST(!head({other, "HTTP_TRACEPARENT=" + good}).trace, other);
}

BOOST_AUTO_TEST_CASE(a_request_id_of_another_form_is_replaced) {
  for (const std::string& id : {std::string("a b"), std::string(65, 'a'), std::string("a/b")})
    BOOST_TEST(head({"REQUEST_ID=" + id}).request_id != id);
}

BOOST_AUTO_TEST_CASE(a_body_is_as_long_as_content_length_says) {
  const std::string longest(kMostBody, 'x');
  for (const std::size_t piece : {std::size_t(1), std::size_t(7), longest.size()}) {
    BOOST_TEST(body("5", "hello", piece) == "hello");
    BOOST_TEST(body("5", "hello and more", piece) == "hello");
    BOOST_TEST((body("16384", longest, piece) == longest));
    BOOST_TEST(body("0", "hello", piece).empty());
    BOOST_TEST(body("", "hello", piece).empty());
    BOOST_TEST(body("6", "hello", piece) == "cut short");
  }
}

BOOST_AUTO_TEST_CASE(a_body_that_is_too_long_is_not_read) {
  for (const char* length :
       {"16385", "9223372036854775808", "18446744073709551616", "99999999999999999999999999"}) {
    BOOST_TEST(body(length, std::string(20000, 'x')) == "too large", length);
  }
}

BOOST_AUTO_TEST_CASE(a_content_length_that_is_not_a_number_counts_as_cut_short) {
  for (const char* length : {"-1", "+1", " 1", "1 ", "0x1", "1, 1", "1e3", "x"})
    BOOST_TEST(body(length, "hello") == "cut short", length);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
