#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cache/dates_cache.h"
#include "domain/admin_action.h"
#include "http/app.h"
#include "http/response.h"
#include "http/routes.h"
#include "report/counters.h"
#include "service/upkeep/maintain.h"
#include "store/admin/admin_action_store.h"
#include "store/admin/audit_store.h"
#include "store/points/account_store.h"
#include "store/points/idempotency_store.h"
#include "store/points/voucher_store.h"
#include "store/queue/queue_store.h"
#include "store/queue/token_store.h"
#include "store/queue/vacancy_store.h"
#include "store/queue/wait_store.h"
#include "store/sale/catalogue_store.h"
#include "store/sale/concert_store.h"
#include "store/sale/hall_store.h"
#include "store/sale/reservation_store.h"
#include "store/sale/sale_store.h"
#include "store/sale/seat_store.h"
#include "store/upkeep/upkeep_store.h"
#include "support/servers.h"

namespace concert::test {

inline constexpr Points kSeatPrice = 1000;

// Sections "101", "102" ..., each with rows "A", "B" ... of seats 1, 2 ... Sections of category "R"
// at twice kSeatPrice and of category "S" at kSeatPrice take turns.
Layout hall_of(std::int32_t sections, std::int32_t rows, std::int32_t seats);

// Different numbers are different users.
UserId user(int number);

IdempotencyKey key_of(IdempotentRoute route, const std::string& text, const std::string& body);

// What the tests look at beside the use cases: every store and cache, over a process's session.
struct Stores {
  explicit Stores(Backend& backend)
      : settings(backend.settings),
        db(backend.db),
        cache(backend.cache),
        queue_cache(backend.queue_cache),
        tokens(backend.db, backend.settings.token_life()),
        waits(backend.db, backend.settings.token_life()) {}

  const Settings& settings;
  Session& db;
  Cache& cache;
  QueueCache& queue_cache;
  DatesCache dates_cache{cache};
  TokenStore tokens;
  WaitStore waits;
  QueueStore queues{db};
  VacancyStore vacancies{db};
  UserStore users{db};
  LedgerStore ledger{db};
  PaymentStore payments{db};
  IdempotencyStore idempotency{db};
  VoucherStore vouchers{db};
  ConcertStore concerts{db};
  CatalogueStore catalogue{db};
  SeatStore seats{db};
  HallStore halls{db};
  ReservationStore reservations{db};
  SaleStore sales{db};
  AdminActionStore admin_actions{db};
  UpkeepStore upkeep{db};
  InstallationStore installation{db};
};

// The use cases of one process, composed as the programs compose them, and the steps that tests
// take with them. A forked process makes its own.
struct Services {
  explicit Services(const Settings& settings) : app(settings, metrics, kLongTimeout_ms) {}

  // Issues a token, or finds the user's live one, and reads its text.
  TokenClaims enter(const UserId& who);
  // Enters and charges.
  TokenClaims enter_with(const UserId& who, Points balance);
  TokenClaims poll(const TokenClaims& claims);
  ReservationId hold(const TokenClaims& claims, DateId date, const SeatNumbers& seats,
                     const std::optional<IdempotencyKey>& key = {});
  // Leaves the choice of seats to the service, and returns those that it holds.
  SeatNumbers hold_best(const TokenClaims& claims, DateId date, const SeatWish& wish);
  // Returns the balance after it.
  Points charge(const TokenClaims& claims, Points amount,
                const std::optional<IdempotencyKey>& key = {});
  // The body is the balance after it.
  StoredAnswer charge(const TokenClaims& claims, const ChargeRequest& request);

  // The first column of the first row.
  std::int64_t number(const std::string& sql, const std::vector<Value>& values = {});
  std::string text(const std::string& sql, const std::vector<Value>& values = {});
  std::uint64_t execute(const std::string& sql, const std::vector<Value>& values = {});

  // Moves the end of every live hold into the past.
  void lapse_holds();
  // Makes every live hold so old that an extension gives it 50 s more, which are all that is left.
  void age_holds();
  // Moves the end of a live token to now, and makes memcached forget the token.
  void lapse(const TokenClaims& claims);

  std::vector<Breach> audit();
  // The names of the invariants that an audit finds broken, separated by spaces; empty is good.
  std::string breaches();

  // As `concertctl user erase` does.
  void erase(const UserId& who, std::optional<Points> forfeit, const AdminAction& action);

  // On a busy machine memcached must not seem to be away.
  static constexpr std::int64_t kLongTimeout_ms = 5000;

  Metrics metrics{route_names(), problem_codes(), counted_cells()};
  App app;
  Stores stores{app.backend};
  Maintain maintain{app.backend.db, app.backend.queue_cache, app.backend.settings};
};

// One database for all tests that leave the schema as it is: making a database takes longer than
// most of them.
FreshDatabase& shared_database();

// One concert, and one date a week ahead with fifty seats at kSeatPrice each. Nothing else is in
// the database or in memcached.
struct OneDateOfFiftySeats {
  explicit OneDateOfFiftySeats(FreshDatabase& database = shared_database());

  // Composes the use cases again, for a test that changed `settings`.
  void compose() { services.emplace(settings); }
  // Each date begins at another time.
  DateId add_date(SeatNumber seats);
  DateId add_hall(const Layout& layout, const SeatNumbers& accessible = {});
  // What `call` logs while another session keeps the table locked.
  std::string logged_under_lock(const std::string& table, const std::function<void()>& call) const;
  // A key of the cache as memcached has it.
  std::string name_in_memcached(const std::string& key);
  App& app() { return services->app; }
  Stores& backend() { return services->stores; }

  Settings settings;
  std::optional<Services> services;
  ConcertId concert;
  DateId date;
  int dates_added = 0;
};

struct OwnDatabase {
  FreshDatabase own_database;
};

// The same in a database of its own, for a test that takes constraints away.
struct OneDateToSpoil : OwnDatabase, OneDateOfFiftySeats {
  OneDateToSpoil() : OneDateOfFiftySeats(own_database) {}
};

// What a memcached answers to one line of its text protocol.
std::string ask_memcached(const std::string& line, const std::string& socket = memcached_socket());
// Makes memcached forget everything.
void forget_cache();

// The code of the refusal that `call` ends with; empty if it does not refuse.
template <class Call>
std::string refused(Call call) {
  try {
    call();
    return "";
  } catch (const Refusal& refusal) {
    return std::string(kind_of(refusal.reason()).code);
  }
}

// What an administrator is told of the change that `call` makes; empty if it is made.
template <class Call>
std::string change_refused(Call call) {
  try {
    call();
    return "";
  } catch (const ChangeRefused& error) {
    return error.what();
  }
}

}  // namespace concert::test
