#pragma once

#include <json/json.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "domain/concert.h"
#include "domain/points.h"
#include "domain/reservation.h"
#include "service/access/records_tokens.h"
#include "service/queue/show_queue.h"
#include "service/queue/token_answer.h"
#include "service/sale/tickets.h"
#include "settings/settings.h"
#include "store/queue/queue_store.h"

namespace concert {

// The bodies of answers, with the members that openapi.yaml names.
Json::Value to_json(const TokenAnswer& answer);
Json::Value to_json(const RecordsAnswer& answer);
Json::Value to_json(const QueueCounts& counts);
Json::Value to_json(const ShownQueue& queue);
// What amounts are in: {"currency": ..., "currencyDecimals": ...}
Json::Value currency_json(const Settings& settings);
// What a page needs to know of the site.
Json::Value to_json(const Settings& settings);
Json::Value to_json(const Concert& concert);
Json::Value to_json(const BookableDates& dates);
Json::Value to_json(const SectionSale& sale);
// Its dates have the states of `now`.
Json::Value to_json(const AnnouncedConcert& concert, Instant now);
Json::Value to_json(const ShownReservation& reservation);
Json::Value to_json(const IssuedTicket& issued);
// The public half, as a JWK (RFC 8037).
Json::Value to_json(const TicketKey& key);
Json::Value to_json(const LedgerEntry& entry);
Json::Value to_json(const Payment& payment);
// At least one, which were paid together, or one after the other: the balance is that after the
// last.
Json::Value to_json(const std::vector<Payment>& payments);

// A page of at most `limit` of `items`, which has one more if there is a further page:
// {"<name>": [...], "next": <id of the last item or null>}
template <class Item, class IdOf>
Json::Value page_json(const char* name, const std::vector<Item>& items, std::int64_t limit,
                      IdOf id_of) {
  Json::Value page(Json::objectValue);
  page[name] = Json::Value(Json::arrayValue);
  page["next"] = Json::Value();
  const auto shown = std::min(items.size(), static_cast<std::size_t>(limit));
  for (std::size_t i = 0; i < shown; ++i) page[name].append(to_json(items[i]));
  if (items.size() > shown) page["next"] = static_cast<Json::Int64>(id_of(items[shown - 1]));
  return page;
}

}  // namespace concert
