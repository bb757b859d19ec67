-- What an organiser says of a concert and of a date, and the key by which an import finds each again. A
-- program of the release before reads none of it: to it a date is at its concert's venue.
ALTER TABLE concert
  ADD COLUMN description VARCHAR(4000) NULL,
  ADD COLUMN image_url VARCHAR(1000) NULL,
  ADD COLUMN time_zone VARCHAR(64) NOT NULL DEFAULT 'UTC',
  ADD COLUMN import_key VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL;
ALTER TABLE concert ADD UNIQUE KEY concert_import_key (import_key);

-- venue: null where it is the concert's. holds_pruned: 1 once a hold of the date was deleted because it
-- was old, 0 while none was; null for a date that is older than this column or was added by a program
-- that is, of which nobody knows.
ALTER TABLE concert_date
  ADD COLUMN venue VARCHAR(200) NULL,
  ADD COLUMN import_key VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  ADD COLUMN holds_pruned TINYINT NULL;
ALTER TABLE concert_date ADD UNIQUE KEY concert_date_import_key (concert_id, import_key);

-- Every change of concerts and dates takes the lock `import`; taken and taken_at then name the state of
-- the catalogue, from which concertd sees that a cached list is old.
ALTER TABLE named_lock ADD COLUMN taken_at DATETIME(3) NULL;
