#pragma once

#include <sys/types.h>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "store/session/session.h"
#include "support/files.h"
#include "support/ops_http.h"
#include "support/process.h"

namespace concert::test {

// concertd behind nginx with a memcached of its own, each under the test's control, on a migrated
// database whose account has a password. No cron runs by itself.
class Service {
 public:
  using Keys = std::map<std::string, std::string>;

  static constexpr const char* kPassword = "a-password-that-no-log-may-show";
  static constexpr const char* kTokenKey = "a-signing-key-that-no-log-may-show-either";

  // `keys` are lines of concert.conf; an empty `own_database` means the shared server. Returns
  // once the service is ready.
  explicit Service(const Keys& keys = {}, const std::string& own_database = "");
  ~Service();

  Daemon& concertd() { return *concertd_; }
  Daemon& memcached() { return *memcached_; }
  Daemon& nginx() { return *nginx_; }
  // Starts it and waits until it is ready.
  void start_concertd(const Process::Environment& environment = {});
  void start_memcached();
  bool is_ready();
  // The workers that live, in order.
  std::vector<pid_t> workers() const;
  // SIGHUP, and waits until concertd says that every worker is a new one.
  bool reload();
  // SIGHUP, and waits until concertd says that it keeps its old configuration.
  bool refuses_reload();

  const std::string& folder() const { return folder_.path(); }
  const std::string& url() const { return url_; }
  int port() const { return port_; }
  std::string conf() const { return folder() + "/concert.conf"; }
  std::string listen_socket() const { return folder() + "/concertd.sock"; }
  std::string database_url() const { return database_url_; }
  Web web() const { return Web(url_); }
  // The log of concertd so far.
  std::string log() const;
  // A session of the test's own.
  Session database() const;

  // Every statement that names the table is refused with an error that the program does not expect.
  void spoil(const std::string& table) const;
  void mend(const std::string& table) const;

  // Rewrites concert.conf: the keys of the start, changed by `keys`.
  void configure(const Keys& keys);
  // Starts nginx again with another site: a shipped one's text, which the test may have changed.
  void run_site(const std::string& site);

  Outcome ctl(std::vector<std::string> words, const Process::Environment& environment = {}) const;
  Json::Value ctl_json(std::vector<std::string> words) const;
  Outcome cron() const;
  // A pass that is killed after that time, if it still runs.
  void cron_killed_after(std::chrono::milliseconds time) const;
  // Two passes at once.
  void two_crons() const;
  // A concert with one date, a month from now; returns the date's id.
  std::int64_t add_date(int seats, std::int64_t price);
  // The same with a layout: sections "1", "2" ... of one row "A".
  std::int64_t add_hall(int sections, int seats, std::int64_t price);
  std::int64_t concert() const { return concert_; }
  // A token of a new user; empty if there was none.
  std::string new_token(Web& web, const std::string& user_id) const;

  // What is wrong with the logs: lines of concertd that are no JSON object, secrets in any log.
  // Empty is good.
  std::string faults_of_logs(const std::vector<std::string>& secrets) const;

 private:
  Process start_cron() const;
  bool reload_until_log_says(const std::string& text);
  void make_database(const std::string& socket);
  void write_nginx_conf() const;
  void write_site(std::string site) const;

  ScratchFolder folder_;
  int port_;
  std::string url_;
  std::string database_name_;
  std::string admin_url_;
  std::string database_url_;
  Keys keys_;
  std::int64_t concert_ = 0;
  std::unique_ptr<Daemon> memcached_;
  std::unique_ptr<Daemon> concertd_;
  std::unique_ptr<Daemon> nginx_;
};

// A site that allows so few requests in progress, all clients together, that a test can use them
// all.
std::string with_in_hand(std::string site, int in_hand);
// Adds a port for HTTP/2 without TLS to a site. Returns the port.
int add_http2(std::string& site);
// Replaces every `from` by `to`. Throws std::runtime_error if there is none.
void put_in_place(std::string& text, const std::string& from, const std::string& to);
void wait_for(std::chrono::milliseconds time);
// The living children of a process.
std::vector<pid_t> children_of(pid_t pid);
std::string program(const std::string& name);

}  // namespace concert::test
