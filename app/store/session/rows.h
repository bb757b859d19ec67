#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "domain/instant.h"
#include "domain/user_id.h"

namespace sql {
class PreparedStatement;
class ResultSet;
}  // namespace sql

namespace concert {

// The rows of one answer. Columns are counted from 1. Read it before the same statement runs again.
class Rows {
 public:
  Rows(std::shared_ptr<sql::PreparedStatement> statement, std::unique_ptr<sql::ResultSet> rows);
  ~Rows();
  Rows(Rows&&) noexcept;

  // Steps to the next row; false at the end.
  bool next();
  bool is_null(std::uint32_t column) const;
  std::int64_t number(std::uint32_t column) const;
  std::string text(std::uint32_t column) const;
  Instant instant(std::uint32_t column) const;
  UserId user(std::uint32_t column) const;

 private:
  std::shared_ptr<sql::PreparedStatement> statement_;  // the rows are of it, and go first
  std::unique_ptr<sql::ResultSet> rows_;
};

}  // namespace concert
