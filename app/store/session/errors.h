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

// The database went away after COMMIT was sent: the transaction was committed as a whole or not at
// all, and which of the two is not known.
class OutcomeUnknown : public DatabaseUnavailable {
 public:
  using DatabaseUnavailable::DatabaseUnavailable;
};

// The transaction lost against others too often (deadlock, lock timeout). Nothing was done.
class Busy : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A unique key already holds the value. The statement wrote nothing.
class Duplicate : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A deadlock or a lock timeout: the whole transaction is to be retried, as run_transaction() does.
// A statement without a transaction has done nothing.
class RetryTransaction : public Busy {
 public:
  using Busy::Busy;
};

// Any other refusal of the database: a bug in the program or a schema that does not fit.
class DatabaseError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The database account lacks the right to do this.
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

// The parent of the new row is missing. The statement wrote nothing.
class ParentGone : public DatabaseError {
 public:
  using DatabaseError::DatabaseError;
};

// A change of the schema that was made before: what it adds is there, what it drops is gone.
class ChangedAlready : public DatabaseError {
 public:
  using DatabaseError::DatabaseError;
};

}  // namespace concert
