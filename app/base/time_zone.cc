#include "base/time_zone.h"

#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string_view>

namespace concert {
namespace {

constexpr char kZones[] = "/usr/share/zoneinfo/";

// A path of words below the database's folder. The folders `posix` and `right` have the same zones
// again, under names that are not IANA's; no other name there begins with a small letter.
bool is_name(std::string_view name) {
  if (name.empty() || std::isupper(static_cast<unsigned char>(name.front())) == 0) return false;
  char before = '/';
  for (const char c : name) {
    const bool is_of_word =
        std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '+';
    if (!is_of_word && (c != '/' || before == '/')) return false;
    before = c;
  }
  return before != '/';
}

}  // namespace

bool is_time_zone(const std::string& name) {
  if (!std::filesystem::exists(std::string(kZones) + "UTC"))
    throw std::runtime_error("the system has no zone database; install the package tzdata");
  // What the system has where an administrator never chose a zone.
  if (!is_name(name) || name == "Factory") return false;
  const std::string path = kZones + name;
  if (!std::filesystem::is_regular_file(path)) return false;
  constexpr std::string_view kMagic = "TZif";
  std::array<char, kMagic.size()> begin{};
  std::ifstream(path).read(begin.data(), begin.size());
  return std::string_view(begin.data(), begin.size()) == kMagic;
}

}  // namespace concert
