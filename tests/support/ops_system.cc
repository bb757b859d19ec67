#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <thread>

#include "support/ops_service.h"

namespace concert::test {

std::string source_text(const std::string& path) { return text_of(CONCERT_SOURCE_DIR "/" + path); }

void put_in_place(std::string& text, const std::string& from, const std::string& to) {
  auto at = text.find(from);
  if (at == std::string::npos) throw std::runtime_error("there is no `" + from + "` in the text");
  for (; at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

std::string with_in_hand(std::string site, int in_hand) {
  std::string limits = source_text("nginx/snippets/limits.conf");
  put_in_place(limits, "concert_in_hand 4000;", fmt::format("concert_in_hand {};", in_hand));
  put_in_place(site, "include snippets/concert-reservation/limits.conf;", limits);
  return site;
}

void wait_for(std::chrono::milliseconds time) { std::this_thread::sleep_for(time); }

int occurrences(const std::string& text, const std::string& part) {
  int count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

std::vector<pid_t> children_of(pid_t pid) {
  const std::string folder = "/proc/" + std::to_string(pid);
  std::istringstream list(text_of(folder + "/task/" + std::to_string(pid) + "/children"));
  std::vector<pid_t> children;
  for (pid_t child = 0; list >> child;) {
    const std::string stat = text_of("/proc/" + std::to_string(child) + "/stat");
    const auto state = stat.rfind(')') + 2;
    if (state < stat.size() && stat[state] != 'Z') children.push_back(child);
  }
  std::sort(children.begin(), children.end());
  return children;
}

std::string program(const std::string& name) { return CONCERT_BINARY_DIR "/" + name; }

}  // namespace concert::test
