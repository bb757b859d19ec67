#pragma once

#include <stdexcept>
#include <string>

namespace concert {

// The database cannot be reached or has gone away. An open transaction is rolled back by the
// server.
class DatabaseUnavailable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// It went away after COMMIT was sent: the transaction was made whole or not at all, and which of
// them is not known.
class OutcomeUnknown : public DatabaseUnavailable {
 public:
  using DatabaseUnavailable::DatabaseUnavailable;
};

// The transaction lost against others too often (deadlock, lock not had in time). Nothing was done.
class Busy : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A unique key already holds the value. Nothing was written by the statement.
class Duplicate : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A deadlock, or a lock not had in time: the whole transaction is to be begun anew, as
// run_transaction() does. Of a statement without a transaction, nothing was done.
class RetryTransaction : public Busy {
 public:
  using Busy::Busy;
};

// Any other refusal of the database: a bug in the program or a schema that does not fit.
class DatabaseError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The account has not been given the right to do this.
class RightMissing : public DatabaseError {
 public:
  RightMissing(const std::string& denial, const std::string& advice)
      : DatabaseError(denial + advice), denial_(denial) {}
  // The server's own words.
  const std::string& denial() const { return denial_; }

 private:
  std::string denial_;
};

// The schema lacks a table, column or key that the statement names. Nothing was done by it.
class SchemaUnfit : public DatabaseError {
 public:
  using DatabaseError::DatabaseError;
};

// What the new row belongs to is not there. Nothing was written by the statement.
class ParentGone : public DatabaseError {
 public:
  using DatabaseError::DatabaseError;
};

// A change of the schema that has been made before: what it adds is there, what it drops is not.
class ChangedAlready : public DatabaseError {
 public:
  using DatabaseError::DatabaseError;
};

}  // namespace concert
