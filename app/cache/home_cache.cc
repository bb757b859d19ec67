#include "cache/home_cache.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "base/parse_number.h"

namespace concert {
namespace {

// The key is open because a copy may have a token key of its own.
std::string homes_key() { return Cache::kOpen + std::string("homes"); }

constexpr std::size_t kMostHomes = 16;

// The text is printed on an administrator's terminal, and a tab ends it here.
std::string plain(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return text;
}

// Each line is a home: when it was seen, its address, its cluster.
std::vector<Home> parse(const std::string& text) {
  std::vector<Home> homes;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line) && homes.size() < kMostHomes;) {
    std::istringstream fields(line);
    std::string seen;
    Home home;
    std::getline(fields, seen, '\t');
    std::getline(fields, home.place, '\t');
    std::getline(fields, home.cluster, '\t');
    const auto seen_at_ms = parse_number<std::int64_t>(seen);
    if (!seen_at_ms || home.place.empty()) continue;
    home.seen_at = Instant{*seen_at_ms};
    home.place = plain(home.place);
    home.cluster = plain(home.cluster);
    homes.push_back(std::move(home));
  }
  return homes;
}

std::string text_of(const std::vector<Home>& homes) {
  std::string text;
  for (const Home& home : homes)
    text += fmt::format("{}\t{}\t{}\n", home.seen_at.ms, plain(home.place), plain(home.cluster));
  return text;
}

std::vector<Home> within(std::vector<Home> homes, Instant now, std::int64_t ms) {
  // The clocks of two databases differ: a home of a little later than now was seen just now.
  const auto is_old = [&](const Home& home) { return std::llabs(now - home.seen_at) > ms; };
  homes.erase(std::remove_if(homes.begin(), homes.end(), is_old), homes.end());
  return homes;
}

}  // namespace

std::vector<Home> HomeCache::lately(Instant now) {
  const Cache::Entries entries = cache_.get({homes_key()});
  const auto found = entries.find(homes_key());
  if (found == entries.end()) return {};
  return within(parse(found->second->value), now, kLately_ms);
}

void HomeCache::note(const Home& home) {
  const Cache::Entries entries = cache_.get({homes_key()});
  const auto found = entries.find(homes_key());
  std::vector<Home> homes{home};
  if (found == entries.end()) {
    cache_.add(homes_key(), text_of(homes), kLately_ms / 1000);
    return;
  }
  for (Home& other : within(parse(found->second->value), home.seen_at, kLately_ms)) {
    if (other.place != plain(home.place)) homes.push_back(std::move(other));
  }
  cache_.replace_unchanged(homes_key(), {text_of(homes), found->second->version},
                           kLately_ms / 1000);
}

}  // namespace concert
