#include "service/queue/place_orders.h"

#include <cstdlib>
#include <filesystem>
#include <map>
#include <tuple>

#include "domain/check.h"

namespace concert {
namespace {

// A draw that was made never changes, so all parts of a process share those that it has. A database
// that lost it, as a replica that took over may have, makes another one later.
using DrawName = std::tuple<std::int64_t, std::int64_t, Instant>;  // queue, opening, when made
std::map<DrawName, PlaceOrder>& known_orders() {
  static std::map<DrawName, PlaceOrder> known;
  return known;
}

// systemd's RuntimeDirectory= of the unit; without systemd, where the socket is.
std::string folder_of_draws(const Settings& settings) {
  if (const char* const given = std::getenv("RUNTIME_DIRECTORY")) return given;
  return std::filesystem::path(settings.listen_socket).parent_path().string();
}

HostDraws& host_draws(const Settings& settings) {
  static std::map<std::string, HostDraws> by_folder;
  const std::string folder = folder_of_draws(settings);
  return by_folder.try_emplace(folder, folder.empty() ? "." : folder).first->second;
}

}  // namespace

PlaceOrder PlaceOrders::of(QueueId queue, const std::optional<Opening>& opening) {
  if (!opening || !opening->is_drawn()) return {};
  auto& known = known_orders();
  const DrawName name{queue.value, opening->id, *opening->drawn_at};
  const auto found = known.find(name);
  if (found != known.end()) return found->second;
  return known.emplace(name, draw(queue, *opening)).first->second;
}

QueuePlaces PlaceOrders::of(QueueId queue, const QueueRow& row) {
  const Opening opening = row.opening.value_or(Opening{});
  return {queue, of(queue, row.opening), opening.opens_at, opening.waits_until};
}

PlaceOrder PlaceOrders::draw(QueueId queue, const Opening& opening) {
  check(opening.entries.has_value(), "the number of entries is fixed");
  if (*opening.entries == 0) return {};
  const auto record = openings_.find(queue);
  check(record.has_value(), "an opening has a seed");
  return PlaceOrder(host_draws(settings_).of(
      queue, {record->seed, record->public_value.value_or(""), *opening.entries}));
}

}  // namespace concert
