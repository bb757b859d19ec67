#include "ctl/commands/administrator.h"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "base/encoding.h"

namespace concert {
namespace {

constexpr std::size_t kLongestLogin = 100;

std::string login_name() {
  const char* const through_sudo = std::getenv("SUDO_USER");
  if (through_sudo != nullptr) {
    std::string name = through_sudo;
    if (!name.empty() && name.size() <= kLongestLogin && is_utf8(name)) return name;
  }
  const passwd* const account = ::getpwuid(::geteuid());
  if (account == nullptr) return "uid " + std::to_string(::geteuid());
  return std::string(account->pw_name).substr(0, kLongestLogin);
}

}  // namespace

AdminAction action_of(const CommandArguments& given) {
  std::array<char, kLongestLogin> host{};
  ::gethostname(host.data(), host.size() - 1);
  return {login_name() + "@" + host.data(), given.words, given.has("why") ? given.text("why") : ""};
}

}  // namespace concert
