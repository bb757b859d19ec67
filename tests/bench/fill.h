#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "domain/user_id.h"
#include "service/access/token_text.h"
#include "service/backend.h"

namespace concert::bench {

// What one simulated user acts on. Written as one line of tab-separated text for the clients.
struct Actor {
  std::string token;  // its text; empty for none
  UserId user;
  std::int64_t concert = 0;
  std::int64_t date = 0;
  std::int64_t seat = 0;
  std::int64_t reservation = 0;

  std::string line() const;
  static Actor parse(const std::string& line);
};

UserId random_user();

// Fills a database that belongs only to the benchmarks, in bulk. What it writes is what the service
// would have written: an audit finds nothing.
class Fill {
 public:
  Fill(Backend& backend, const TokenText& text) : backend_(backend), text_(text) {}

  // Free seats, without users.
  std::vector<Actor> seats(std::int64_t count);

  // Users with an active token each; each has a free seat of its own.
  std::vector<Actor> active(std::int64_t count, std::int64_t balance = 0);

  // The same, with all seats in one date.
  std::vector<Actor> in_one_date(std::int64_t count);

  // The same as active(), each holding its seat and able to pay it.
  std::vector<Actor> holding(std::int64_t count);

  // Appends users to the queue; one in `one_in` has left it. Returns those that still wait.
  std::vector<Actor> waiting(std::int64_t count, std::int64_t one_in);

  // Removes every user from the queue.
  void empty_queue();

  // Users of the history, picked at random, with an active token each, and a free seat each.
  std::vector<Actor> veterans(std::int64_t count);

  // What years of sales leave behind: paid reservations of one seat each, as many sold seats, and
  // `users` balances.
  void history(std::int64_t reservations, std::int64_t users);

 private:
  std::vector<Actor> users(std::int64_t count, std::int64_t balance);
  void give_seats(std::vector<Actor>& actors, std::int64_t seats_of_date);
  void give_tokens(std::vector<Actor>& actors);

  Backend& backend_;
  const TokenText& text_;
  TokenLife life_{backend_.settings.active_seconds};
};

}  // namespace concert::bench
