#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "store/session/session.h"
#include "support/history.h"

namespace concert::test {

// What the database holds when all is over. Users by their UUID, times in ms.
struct FinalState {
  struct Entry {
    std::string user;
    std::int64_t number = 0;
    std::string kind;
    std::int64_t amount = 0;
    std::int64_t balance_after = 0;
  };
  struct Hold {
    std::string user;
    std::string state;
    std::int64_t date = 0;
    std::int64_t total = 0;
    std::string seats;  // "3 4"
    // What administrators did: points that were given back, and when the first seat was let go.
    std::int64_t refunded = 0;
    std::int64_t let_go_ms = 0;  // 0: never
    std::int64_t held_until_ms = 0;
  };
  struct Paid {
    std::string user;
    std::int64_t amount = 0;
    std::string token;
    std::int64_t at_ms = 0;
  };
  struct Token {
    std::int64_t seq = 0;          // 0: it never waited
    std::int64_t admitted_ms = 0;  // 0: never
    std::int64_t expires_ms = 0;
    std::int64_t ended_ms = 0;  // 0: not yet
  };
  std::map<std::string, std::int64_t> balances;
  std::vector<Entry> entries;  // by user and number
  std::map<std::string, Hold> reservations;
  std::map<std::string, Paid> payments;
  std::map<std::string, Token> tokens;
  std::map<std::string, std::string> sold;  // "date/seat" to its reservation
  std::int64_t now_ms = 0;
};

FinalState read_final_state(Session& database);

// What the history and the final state cannot both be true of, a line each: a seat with two owners
// at a time; something acknowledged that is not there exactly once, or there without having been
// asked for; a hold that was left behind by a payment of its user, or payments of one token that
// were not made together; a hold that was refused as over while it lived; points that came from
// nowhere, or were given back in another amount than was refunded; more inside than `active_limit`,
// or out of order; a token that came back to life. None is good.
std::vector<std::string> contradictions(const History& history, const FinalState& state,
                                        std::int64_t active_limit);

}  // namespace concert::test
