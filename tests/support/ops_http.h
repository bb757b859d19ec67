#pragma once

#include <json/json.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace concert::test {

// The body of an answer that ended early, because its writer died.
inline constexpr char kCutShort[] = "cut short";

// An answer; status 0: there was none.
struct Reply {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case, as they came
  std::string body;

  // The body as JSON; null if it is none.
  Json::Value json() const;
  // The value of a header; empty if it is absent.
  std::string header(const std::string& name) const;
  int count_of_header(const std::string& name) const;
  // The problem's code; empty if the body is no well-formed problem of this status.
  std::string code() const;
};

// Sends requests over one kept connection, records nothing and never throws: made for load and for
// servers that die. Not for two threads at once.
class Web {
 public:
  explicit Web(std::string url);
  ~Web();
  Web(Web&&) noexcept;

  // For https: the certificate that the server shows is to be this one.
  void trust(const std::string& certificate_file) { certificate_file_ = certificate_file; }

  // Header lines like "token: ...". A body is sent as JSON.
  Reply send(const std::string& method, const std::string& path,
             const std::vector<std::string>& headers = {}, const std::string& body = "");
  Reply get(const std::string& path, const std::string& token = "");
  Reply post(const std::string& path, const std::string& token, const std::string& body);

 private:
  struct Handle;
  std::string url_;
  std::string certificate_file_;
  std::unique_ptr<Handle> handle_;
};

// {"userId": "<id>"}
std::string user_body(const std::string& user_id);

}  // namespace concert::test
