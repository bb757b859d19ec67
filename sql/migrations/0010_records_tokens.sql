-- Tokens that only show a user's own records. They have no place in a queue, live 24 hours from their
-- issue, and end before that only if their user gives them back.
CREATE TABLE IF NOT EXISTS records_token (
  records_token_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  user_id BINARY(16) NOT NULL,
  issued_at DATETIME(3) NOT NULL,
  ended_at DATETIME(3) NULL,
  KEY records_token_user (user_id),
  KEY records_token_age (issued_at),
  CONSTRAINT records_token_owner FOREIGN KEY (user_id) REFERENCES user (user_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
