#include "store/session/database_url.h"

#include <fmt/format.h>

#include <string_view>

#include "base/encoding.h"
#include "base/server_address.h"
#include "base/wording.h"
#include "store/session/host_choice.h"

namespace concert {
namespace {

std::string decoded(std::string_view text) {
  const auto plain = percent_decode(text);
  if (!plain) throw std::invalid_argument("holds a malformed percent escape.");
  return *plain;
}

DatabaseUrl::Host parse_host(std::string_view text) {
  const HostPort parsed = HostPort::parse(text, DatabaseUrl::Host().port);
  return {decoded(parsed.host), parsed.port};
}

}  // namespace

DatabaseUrl DatabaseUrl::parse(const std::string& text) {
  constexpr std::string_view kScheme = "mysql://";
  std::string_view rest = text;
  if (rest.substr(0, kScheme.size()) != kScheme)
    throw std::invalid_argument("must begin with mysql://");
  rest.remove_prefix(kScheme.size());
  const auto at = rest.rfind('@');
  const auto slash = rest.find('/', at == std::string_view::npos ? 0 : at);
  if (at == std::string_view::npos || slash == std::string_view::npos) {
    throw std::invalid_argument(
        "must read mysql://user:password@host:port/name. A # in the password, which begins a "
        "comment in the file, is written %23.");
  }
  DatabaseUrl url;
  const std::string_view account = rest.substr(0, at);
  const auto colon = account.find(':');
  url.user = decoded(account.substr(0, colon));
  if (colon != std::string_view::npos) url.password = decoded(account.substr(colon + 1));
  std::string_view hosts = rest.substr(at + 1, slash - at - 1);
  std::string_view name = rest.substr(slash + 1);
  const auto question = name.find('?');
  if (question != std::string_view::npos) {
    constexpr std::string_view kSocket = "socket=";
    const std::string_view option = name.substr(question + 1);
    if (option.substr(0, kSocket.size()) != kSocket) {
      throw std::invalid_argument("knows only one option: ?socket=PATH.");
    }
    url.socket = decoded(option.substr(kSocket.size()));
    name = name.substr(0, question);
  }
  url.database = decoded(name);
  while (!hosts.empty()) {
    const auto comma = hosts.find(',');
    url.hosts.push_back(parse_host(hosts.substr(0, comma)));
    hosts = comma == std::string_view::npos ? std::string_view() : hosts.substr(comma + 1);
  }
  if (url.user.empty()) throw std::invalid_argument("names no user.");
  if (url.database.empty()) throw std::invalid_argument("names no database.");
  if (url.database.find('/') != std::string::npos)
    throw std::invalid_argument("has a slash in the database's name.");
  if (url.hosts.empty() == url.socket.empty()) {
    throw std::invalid_argument("must name either hosts or a socket.");
  }
  if (url.hosts.size() > 1) url.choice = std::make_shared<HostChoice>();
  return url;
}

DatabaseUrl DatabaseUrl::only(std::size_t host) const {
  DatabaseUrl url = *this;
  url.hosts = {hosts.at(host)};
  url.choice.reset();
  return url;
}

std::string DatabaseUrl::Host::place() const {
  return fmt::format("{}:{}", excerpt_of(bracketed(name)), port);
}

std::string DatabaseUrl::place() const {
  if (!socket.empty()) return excerpt_of(socket);
  std::vector<std::string> places;
  for (const Host& host : hosts) places.push_back(host.place());
  return few_of(places);
}

}  // namespace concert
