#pragma once

#include "service/admin/change_catalogue.h"
#include "service/admin/queues.h"
#include "support/one_date.h"

namespace concert::test {

inline const AdminAction kBySue{"sue@web1", "test", "because"};

// The concert of the fixture, in a queue of its own.
struct OneDateInOwnQueue : OneDateOfFiftySeats {
  OneDateInOwnQueue() : own(add_queue(backend().db, "own", kBySue)) {
    ConcertChange change;
    change.queue = own;
    ChangeCatalogue(backend().db, kBySue).set_concert(concert, change);
  }
  TokenClaims enter_own(int number) {
    return app().token_text.read(app().issue_token.run(own, user(number)).answer.token);
  }
  TokenAnswer ask(const TokenClaims& claims) { return app().refresh_token.run(claims); }
  // As another process, which remembers nothing.
  std::optional<Stock> counted() {
    return CountStock(backend().db).now(own, backend().queues.read(own));
  }

  QueueId own;
};

}  // namespace concert::test
