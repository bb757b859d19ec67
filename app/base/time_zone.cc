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

// A path below the database's folder that begins with a capital letter, as every name of IANA's
// does. This leaves out `posix` and `right`, which repeat the zones, and files such as `localtime`.
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
  // `Factory` marks a system whose administrator has not chosen a zone.
  if (!is_name(name) || name == "Factory") return false;
  const std::string path = kZones + name;
  if (!std::filesystem::is_regular_file(path)) return false;
  constexpr std::string_view kMagic = "TZif";
  std::array<char, kMagic.size()> begin{};
  std::ifstream(path).read(begin.data(), begin.size());
  return std::string_view(begin.data(), begin.size()) == kMagic;
}

}  // namespace concert
