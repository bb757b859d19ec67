#include "store/session/rows.h"

#include <cppconn/prepared_statement.h>
#include <cppconn/resultset.h>

namespace concert {

Rows::Rows(std::shared_ptr<sql::PreparedStatement> statement, std::unique_ptr<sql::ResultSet> rows)
    : statement_(std::move(statement)), rows_(std::move(rows)) {}
Rows::~Rows() = default;
Rows::Rows(Rows&&) noexcept = default;

bool Rows::next() { return rows_->next(); }
bool Rows::is_null(std::uint32_t column) const { return rows_->isNull(column); }
std::int64_t Rows::number(std::uint32_t column) const { return rows_->getInt64(column); }
std::string Rows::text(std::uint32_t column) const { return rows_->getString(column); }
Instant Rows::instant(std::uint32_t column) const { return Instant::parse_sql(text(column)); }
UserId Rows::user(std::uint32_t column) const { return UserId::from_binary(text(column)); }

}  // namespace concert
