#pragma once

#include <json/json.h>

#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "store/session/session.h"
#include "support/http_client.h"
#include "support/process.h"
#include "support/servers.h"

namespace concert::test {

// A whole running service: nginx, concertd and memcached of its own, and a fresh database on the
// test program's MariaDB. No cron runs by itself. All of it ends with this object, which fails the
// running test if a secret is in a log.
class Stack {
 public:
  // Keys of concert.conf, or of the runner in lower case: Stack stack{{"active_limit", "2"}};
  using Settings = std::initializer_list<std::pair<const std::string, std::string>>;

  // Returns once the service is ready; throws std::runtime_error with the reason if it is not.
  Stack() : Stack(Settings{}) {}
  Stack(Settings settings);
  ~Stack();
  Stack(const Stack&) = delete;
  Stack& operator=(const Stack&) = delete;

  const std::string& url() const { return url_; }
  int port() const { return port_; }
  // See logs.h; for the shared stack, which outlives every test.
  std::string secrets_in_its_logs() const;
  // The state folder: logs, process ids, token.key
  const std::string& folder() const { return folder_.path(); }
  HttpClient client() const { return HttpClient(url_); }
  // A session of the test's own on the stack's database.
  Session database() const;

  // What concertctl printed as JSON. Throws std::runtime_error unless it exits 0.
  Json::Value ctl(std::vector<std::string> words) const;
  // One pass of concert-cron.
  void cron() const;

  std::int64_t add_concert(const std::string& title = "A concert") const;
  // A date that begins `in_s` seconds from now.
  std::int64_t add_date(std::int64_t concert, int seats = 50, std::int64_t price = 100,
                        std::int64_t in_s = 30 * 86400) const;
  // Moves a date's beginning to `in_s` seconds from now, without any check. Cached copies stay.
  void begin_in(std::int64_t date, std::int64_t in_s) const;

 private:
  Outcome run_program(const std::string& program, const std::vector<std::string>& words) const;
  void wait_until_ready();

  FreshDatabase database_;
  ScratchFolder folder_;
  int port_;
  std::string url_;
  std::unique_ptr<Process> runner_;
};

// The stack for cases that need no settings of their own. They share its queue, so no case may
// leave a waiting user in it.
Stack& shared_stack();
// Null unless shared_stack() was called.
const Stack* started_shared_stack();

// Polls `done` until it is true. Returns false if it is not within 90 s.
bool eventually(const std::function<bool()>& done);

// A time that many seconds from now, as concertctl takes it.
std::string time_from_now(std::int64_t seconds);

}  // namespace concert::test
