#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/check.h"
#include "domain/hall.h"
#include "domain/ids.h"
#include "domain/instant.h"
#include "domain/seat.h"

namespace concert {

struct Concert {
  ConcertId id;
  std::string title;
  std::string venue;
  std::optional<Instant> next_starts_at;  // of the dates that have not begun
};

// What an organiser says of a concert. An empty description or picture is none.
struct ConcertTexts {
  std::string title;
  std::string venue;
  std::string description{};
  std::string image_url{};
  std::string time_zone{"UTC"};
  std::optional<Instant> visible_from{};  // when the site begins to show it; nothing: at once
};

// What a change of a concert or of a date sets; the rest stays.
struct ConcertChange {
  std::optional<std::string> title{};
  std::optional<std::string> venue{};
  std::optional<std::string> description{};
  std::optional<std::string> image_url{};
  std::optional<std::string> time_zone{};
  std::optional<std::optional<Instant>> visible_from{};  // nothing within: at once
  std::optional<QueueId> queue{};
};

struct DateChange {
  std::optional<Instant> starts_at{};
  std::optional<std::string> venue{};  // empty: the concert's
  // Nothing within: at once, and until the date begins.
  std::optional<std::optional<Instant>> on_sale_at{};
  std::optional<std::optional<Instant>> sales_end_at{};
};

// A concert and a date as administrators see them. An empty key is none.
struct ConcertRecord {
  ConcertId id;
  ConcertTexts texts;
  std::string key;
  std::optional<Instant> next_starts_at;  // of the dates that have not begun
  QueueId queue = kMainQueue;
};

struct DateRecord {
  DateId id;
  ConcertId concert;
  Instant starts_at;
  SeatNumber seat_count = 0;
  std::string venue;  // empty: the concert's
  std::string key;
  std::optional<Instant> on_sale_at{};    // nothing: at once
  std::optional<Instant> sales_end_at{};  // nothing: until it begins
  bool is_stopped = false;
  std::optional<Instant> cancelled_at{};
  std::optional<Instant> refunds_ended_at{};  // when everybody who paid was refunded
  bool has_layout = false;
};

// Dates of a concert that are closer are taken for one that was given twice.
inline constexpr std::int64_t kDatesApart_ms = 2LL * 3600 * 1000;

// With the longest texts their list fits into an entry of memcached (1 MiB).
inline constexpr std::int64_t kMostDatesToCome = 1000;

// How long after its beginning a date may be sold.
inline constexpr std::int64_t kLatestSale_ms = 24LL * 3600 * 1000;

// Whether a date is sold: not yet, now, no longer (its sale ended or was stopped), or never again.
enum class SaleState { scheduled, on_sale, closed, cancelled };

inline std::string_view to_text(SaleState state) {
  switch (state) {
    case SaleState::scheduled: return "SCHEDULED";
    case SaleState::on_sale: return "ON_SALE";
    case SaleState::closed: return "CLOSED";
    case SaleState::cancelled: return "CANCELLED";
  }
  throw Bug("no such state of a sale");
}

// When a date is sold.
struct SaleTerms {
  Instant starts_at;                    // the date
  std::optional<Instant> on_sale_at{};  // nothing: at once
  Instant closes_at{};                  // the sale; when the date begins, unless set
  bool is_stopped = false;
  bool is_cancelled = false;  // then it is stopped too

  bool has_begun(Instant now) const { return !on_sale_at || *on_sale_at <= now; }
  bool has_ended(Instant now) const { return is_stopped || closes_at <= now; }
  SaleState state_at(Instant now) const {
    if (is_cancelled) return SaleState::cancelled;
    if (has_ended(now)) return SaleState::closed;
    return has_begun(now) ? SaleState::on_sale : SaleState::scheduled;
  }
};

struct ConcertDate {
  DateId id;
  Instant starts_at;
  SeatNumber seat_count = 0;
  std::string venue{};
  SaleTerms terms{};
};

// A date as a call names it, with the queue of the call's token.
struct AskedDate {
  QueueId queue;
  ConcertId concert;
  DateId date;
};

// A date as the reservations of it show it.
struct DateSummary {
  ConcertId concert;
  std::string title;
  std::string venue;
  Instant starts_at;
  std::string time_zone;
  QueueId queue;  // whose tokens sell it
};

// What seats of a category cost. An empty category is none.
struct CategoryPrice {
  std::string category;
  Points price = 0;
};

// A date as everybody may see it.
struct AnnouncedDate {
  ConcertDate date;
  std::vector<CategoryPrice> prices{};  // of its seats, each once, the least first
  bool is_sold_out = false;             // no seat is free or held
};

// A concert as everybody may see it, with its dates to come: those that have not begun, or are sold
// after their beginning, and those cancelled.
struct AnnouncedConcert {
  ConcertId id;
  QueueId queue;  // whose tokens sell its seats
  ConcertTexts texts;
  std::vector<AnnouncedDate> dates{};
};

// The dates of a concert whose sale has not ended by its terms, without cancelled ones, in order of
// their beginning.
struct BookableDates {
  ConcertId concert;
  std::string title;
  std::vector<ConcertDate> dates;
  Instant now{};               // when they were read
  QueueId queue = kMainQueue;  // whose tokens show them
};

// Concerts with their dates, as an administrator wrote them down in one file. An empty key is none.
struct TourDate {
  Instant starts_at;
  std::vector<Points> prices;  // of seats 1, 2, 3 ...; none where there is a layout
  std::string place;           // in the file, for messages: concerts[0].dates[2]
  std::string key{};
  // Nothing: the file does not say. An empty venue is the concert's; of the times see DateChange.
  std::optional<std::string> venue{};
  std::optional<std::optional<Instant>> on_sale_at{};
  std::optional<std::optional<Instant>> sales_end_at{};
  Layout layout{};
  SeatNumbers accessible{};  // of the layout, ascending

  SeatNumber seats() const {
    return layout.empty() ? static_cast<SeatNumber>(prices.size()) : seat_count(layout);
  }
};

struct TourConcert {
  std::string title;
  std::string venue;
  std::vector<TourDate> dates;
  std::string place;
  std::string key{};
  // Nothing: the file does not say.
  std::optional<std::string> description{};
  std::optional<std::string> image_url{};
  std::optional<std::string> time_zone{};
  std::optional<std::optional<Instant>> visible_from{};  // nothing within: at once
};

using Tour = std::vector<TourConcert>;

}  // namespace concert
