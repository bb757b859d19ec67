-- One row: the random id of this installation, which separates its entries in memcached from those of
-- other installations. A copy of the database has the same id until `concertctl installation renew`.
CREATE TABLE IF NOT EXISTS installation (
  the_only TINYINT NOT NULL PRIMARY KEY,
  installation_id CHAR(16) CHARACTER SET ascii NOT NULL,
  CONSTRAINT installation_is_one CHECK (the_only = 1),
  CONSTRAINT installation_has_id CHECK (installation_id <> '')
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

INSERT INTO installation (the_only, installation_id) VALUES (1, LOWER(HEX(RANDOM_BYTES(8))))
  ON DUPLICATE KEY UPDATE the_only = VALUES(the_only);
