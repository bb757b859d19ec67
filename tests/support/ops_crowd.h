#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace concert::test {

struct CrowdResult {
  // The count of each answer: "201", of a problem "409 SEAT_UNAVAILABLE", "no answer".
  std::map<std::string, int> outcomes;
  std::chrono::milliseconds taken{};
};

// Opens one connection for each request, then sends all of them at once and reads every answer.
CrowdResult send_at_once(int port, const std::vector<std::string>& requests);

}  // namespace concert::test
