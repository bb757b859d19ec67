#include "service/admin/set_opening.h"

#include <fmt/format.h>
#include <json/json.h>
#include <openssl/rand.h>

#include <algorithm>

#include "base/encoding.h"
#include "domain/check.h"
#include "draw/draw.h"
#include "store/admin/admin_action_store.h"
#include "store/session/transaction.h"

namespace concert {
namespace {

std::string new_seed() {
  std::string seed(kSeedBytes, '\0');
  check(::RAND_bytes(reinterpret_cast<unsigned char*>(seed.data()), kSeedBytes) == 1,
        "there is randomness");
  return seed;
}

std::string subject_of(QueueId queue, const Opening& opening) {
  Json::Value subject(Json::objectValue);
  subject["queueId"] = static_cast<Json::Int64>(queue.value);
  subject["registerFrom"] = opening.register_from.rfc3339();
  subject["registerUntil"] = opening.register_until.rfc3339();
  subject["opensAt"] = opening.opens_at.rfc3339();
  return json_text(subject);
}

// The entries' number, once it is fixed, whether or not a pass has noted that.
bool is_fixed(const Opening& opening, Instant now) {
  return opening.entries || now >= opening.register_until;
}

void require_not_opened(QueueId queue, const QueueRow& row) {
  if (!row.opening || (!row.opening->is_drawn() && row.now < row.opening->opens_at)) return;
  throw ChangeRefused(
      fmt::format("queue {} opened at {}. A queue opens once: for another opening "
                  "add a queue and move the concerts to it.",
                  queue.value, row.opening->opens_at.rfc3339()));
}

}  // namespace

Opening SetOpening::wanted(const QueueRow& row, const OpeningTimes& times) const {
  constexpr std::int64_t kHour_ms = 3600 * 1000;
  Opening opening = row.opening.value_or(Opening{});
  const Opening before = opening;
  opening.opens_at = times.opens_at;
  if (times.opens_at <= row.now) throw ChangeRefused("the opening must be in the future.");
  if (row.opening && is_fixed(before, row.now)) {
    const bool asks_more =
        times.register_from.value_or(before.register_from) != before.register_from ||
        times.register_until.value_or(before.register_until) != before.register_until;
    if (asks_more) {
      throw ChangeRefused(fmt::format(
          "registering ended at {}, and the number of entries is fixed: only --at can change.",
          before.register_until.rfc3339()));
    }
    return opening;
  }
  const bool has_begun = row.opening && before.register_from <= row.now;
  opening.register_from =
      times.register_from.value_or(has_begun ? before.register_from : times.opens_at + -kHour_ms);
  const bool had_own_end = row.opening && before.register_until != before.opens_at;
  opening.register_until = times.register_until.value_or(
      had_own_end ? std::min(before.register_until, times.opens_at) : times.opens_at);
  if (opening.register_until <= row.now) throw ChangeRefused("registering must end in the future.");
  if (opening.register_from > opening.register_until)
    throw ChangeRefused("registering must begin before it ends.");
  if (opening.register_until > opening.opens_at)
    throw ChangeRefused("registering must end by the opening, not later.");
  return opening;
}

void SetOpening::require_nobody_inside(const QueueRow& row) const {
  if (row.active_count != 0 || row.waiting() != 0) {
    throw ChangeRefused(fmt::format(
        "{} are active in the queue and {} wait there without having registered. Use a queue of "
        "its own for the sale (`queue add`, `concert set --queue`), or wait until they have left.",
        row.active_count, row.waiting()));
  }
  if (row.last_place != 0) {
    throw ChangeRefused(
        "users have waited in the queue before, and have the places that the draw would give. Use "
        "a queue of its own for the sale (`queue add`, `concert set --queue`).");
  }
}

bool SetOpening::open_at(QueueId queue, const OpeningTimes& times, const AdminAction& action) {
  const QueueRow glance = queues_.read(queue);
  require_not_opened(queue, glance);
  if (!glance.opening && glance.last_place == 0) {
    while (expire_tokens_.lapsed_active(queue) != 0 || expire_tokens_.lapsed_waiting(queue) != 0) {
    }
  }
  return run_transaction(db_, [&] {
    const QueueRow row = queues_.lock(queue);
    require_not_opened(queue, row);
    Opening opening = wanted(row, times);
    opening.waits_until = opening.opens_at + settings_.waiting_seconds * 1000;
    if (row.opening == opening) return false;
    if (!row.opening) {
      require_nobody_inside(row);
      const std::string seed = new_seed();
      const std::string commitment = commitment_of(seed);
      opening.id = opening_id_of(commitment);
      openings_.add(queue, seed, commitment);
    }
    queues_.set_opening(queue, opening);
    AdminActionStore(db_).append(action, subject_of(queue, opening));
    return true;
  });
}

void SetOpening::public_value(QueueId queue, const std::string& text, const AdminAction& action) {
  run_transaction(db_, [&] {
    const QueueRow row = queues_.lock(queue);
    if (!row.opening) throw ChangeRefused(fmt::format("queue {} has no opening.", queue.value));
    require_not_opened(queue, row);
    if (!is_fixed(*row.opening, row.now)) {
      throw ChangeRefused(fmt::format(
          "the number of entries is not fixed before {}. Until then, somebody who knows the seed "
          "could add entries to suit the value. Give it after that time and before the opening.",
          row.opening->register_until.rfc3339()));
    }
    queues_.fix_entries(queue);
    if (!openings_.set_public_value(queue, text))
      throw ChangeRefused("the draw has a public value already. It is given once and for all.");
    Json::Value subject(Json::objectValue);
    subject["queueId"] = static_cast<Json::Int64>(queue.value);
    subject["publicValue"] = text;
    AdminActionStore(db_).append(action, json_text(subject));
  });
}

}  // namespace concert
