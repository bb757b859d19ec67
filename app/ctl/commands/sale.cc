#include <fmt/format.h>

#include "base/csv.h"
#include "ctl/commands/command.h"
#include "store/sale/concert_store.h"
#include "store/sale/sale_store.h"
#include "store/session/transaction.h"

namespace concert {
namespace {

std::vector<DateSale> read_all(Backend& backend, ConcertId concert) {
  constexpr std::int64_t kDatesPerPage = 10;
  const Snapshot one_moment(backend.db);
  std::vector<DateSale> all;
  DateId after;
  SaleStore sales(backend.db);
  for (auto page = sales.page(concert, after, kDatesPerPage); !page.empty();
       page = sales.page(concert, after, kDatesPerPage)) {
    after = page.back().date;
    all.insert(all.end(), page.begin(), page.end());
  }
  return all;
}

std::string csv_of(const std::vector<DateSale>& sales) {
  Csv csv({"concertId", "title", "venue", "concertDateId", "startsAt", "seats", "sold", "held",
           "blocked", "free", "revenue", "refunded"});
  for (const DateSale& s : sales) {
    csv.add(s.concert.value).add(s.title).add(s.venue).add(s.date.value);
    csv.add(s.starts_at.rfc3339()).add(s.seats).add(s.sold).add(s.held).add(s.blocked);
    csv.add(s.free).add(s.revenue).add(s.refunded).end_row();
  }
  return csv.text();
}

std::string table_of(const std::vector<DateSale>& sales) {
  static constexpr char kLine[] =
      "{:>6}  {:<24}  {:>5}  {:>5}  {:>5}  {:>7}  {:>5}  {:>12}  {:>12}  {}\n";
  std::string text = fmt::format(kLine, "date", "starts at", "seats", "sold", "held", "blocked",
                                 "free", "revenue", "refunded", "concert");
  for (const DateSale& s : sales) {
    text += fmt::format(kLine, s.date.value, s.starts_at.rfc3339(), s.seats, s.sold, s.held,
                        s.blocked, s.free, s.revenue, s.refunded, s.title + " - " + s.venue);
  }
  return text;
}

Json::Value to_json(const DateSale& s) {
  Json::Value entry(Json::objectValue);
  entry["concertId"] = json_number(s.concert.value);
  entry["title"] = s.title;
  entry["venue"] = s.venue;
  entry["concertDateId"] = json_number(s.date.value);
  entry["startsAt"] = s.starts_at.rfc3339();
  entry["seats"] = json_number(s.seats);
  entry["sold"] = json_number(s.sold);
  entry["held"] = json_number(s.held);
  entry["blocked"] = json_number(s.blocked);
  entry["free"] = json_number(s.free);
  entry["revenue"] = json_number(s.revenue);
  entry["refunded"] = json_number(s.refunded);
  return entry;
}

CommandResult sale_report(Backend& backend, const CommandArguments& given) {
  require_one_form(given);
  ConcertId concert;
  if (given.has("concert")) {
    concert = ConcertId{given.number("concert")};
    if (!ConcertStore(backend.db).all_dates(concert))
      throw CommandRefused(fmt::format("there is no concert {}.", concert.value));
  }
  const auto sales = read_all(backend, concert);
  CommandResult result;
  result.text = given.has("csv") ? csv_of(sales) : table_of(sales);
  result.json["dates"] = Json::Value(Json::arrayValue);
  for (const DateSale& sale : sales) result.json["dates"].append(to_json(sale));
  return result;
}

}  // namespace

std::vector<Command> sale_commands() {
  return {{.words = "sale report",
           .help = "shows per date the seats sold, held, blocked and free, revenue and refunds",
           .options = {id_option("concert", "only the dates of this concert"),
                       flag_option("csv", "as a file for a spreadsheet")},
           .run = sale_report}};
}

}  // namespace concert
