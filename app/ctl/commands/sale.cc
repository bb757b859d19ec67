#include <fmt/format.h>

#include "ctl/commands/command.h"
#include "store/sale/concert_store.h"
#include "store/sale/sale_store.h"
#include "store/session/transaction.h"

namespace concert {
namespace {

std::vector<DateSale> read_all(Backend& backend, ConcertId concert) {
  constexpr std::int64_t kDatesPerPage = 50;
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

// A field in the form of RFC 4180.
std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string field = "\"";
  for (const char c : text) {
    if (c == '"') field += '"';
    field += c;
  }
  return field + "\"";
}

std::string csv_of(const std::vector<DateSale>& sales) {
  std::string text =
      "concertId,title,venue,concertDateId,startsAt,seats,sold,held,blocked,free,revenue,refunded"
      "\r\n";
  for (const DateSale& s : sales) {
    text += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{}\r\n", s.concert.value, quoted(s.title),
                        quoted(s.venue), s.date.value, s.starts_at.rfc3339(), s.seats, s.sold,
                        s.held, s.blocked, s.free, s.revenue, s.refunded);
  }
  return text;
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
  if (given.has("csv") && given.json) throw UsageError("give --csv or --json, not both.");
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
                       flag_option("csv", "in the form of RFC 4180")},
           .run = sale_report}};
}

}  // namespace concert
