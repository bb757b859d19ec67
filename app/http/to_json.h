#pragma once

#include <json/json.h>

#include <string>
#include <vector>

#include "domain/concert.h"
#include "domain/ledger.h"
#include "domain/reservation.h"
#include "service/queue/token_answer.h"
#include "store/queue/queue_store.h"

namespace concert {

// The answers of the API, as its contract names their members.
Json::Value to_json(const TokenAnswer& answer);
Json::Value to_json(const QueueCounts& counts);
Json::Value to_json(const Concert& concert);
Json::Value to_json(const BookableDates& dates);
Json::Value to_json(const Reservation& reservation);
Json::Value to_json(const LedgerEntry& entry);
Json::Value to_json(const Payment& payment);

}  // namespace concert
