-- Where points come from. A concertd of the release before goes on: it shows a credit as a CHARGE.

-- A credit by an administrator is a CHARGE whose is_credit is 1.
ALTER TABLE ledger_entry ADD COLUMN is_credit TINYINT NOT NULL DEFAULT 0;

-- The vouchers of the payment service that were redeemed, each for one charge. A row stays for ever, so
-- that no voucher counts twice.
CREATE TABLE IF NOT EXISTS voucher (
  jti VARBINARY(400) NOT NULL PRIMARY KEY,
  user_id BINARY(16) NOT NULL,
  amount BIGINT NOT NULL,
  entry_no BIGINT NOT NULL,
  UNIQUE KEY voucher_entry (user_id, entry_no),
  CONSTRAINT voucher_ledger_entry FOREIGN KEY (user_id, entry_no) REFERENCES ledger_entry (user_id, entry_no),
  CONSTRAINT voucher_amount CHECK (amount > 0)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

-- The keys by which an administrator repeats a credit without doubling it.
CREATE TABLE IF NOT EXISTS credit_key (
  key_text VARBINARY(400) NOT NULL PRIMARY KEY,
  user_id BINARY(16) NOT NULL,
  entry_no BIGINT NOT NULL,
  UNIQUE KEY credit_key_entry (user_id, entry_no),
  CONSTRAINT credit_key_ledger_entry FOREIGN KEY (user_id, entry_no) REFERENCES ledger_entry (user_id, entry_no)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
