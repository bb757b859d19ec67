-- The database and its four accounts, one per program, so that none can do more than its program
-- does. Replace each password by one of your own, then run once as the database's administrator:
--   mariadb < accounts.sql
-- Then run `concertctl migrate` with the last account, then grants.sql, which gives the first three
-- their rights. If the programs run on another host, write that host's IP address in place of
-- 'localhost', here and in grants.sql (not its name: with skip-name-resolve a name matches nobody).
-- With several hosts run both files once for each.

CREATE DATABASE IF NOT EXISTS concert CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE USER IF NOT EXISTS 'concert'@'localhost' IDENTIFIED BY 'change-this-password';          -- concertd
CREATE USER IF NOT EXISTS 'concert_cron'@'localhost' IDENTIFIED BY 'change-this-password';     -- concert-cron
CREATE USER IF NOT EXISTS 'concert_ctl'@'localhost' IDENTIFIED BY 'change-this-password';      -- concertctl
CREATE USER IF NOT EXISTS 'concert_migrate'@'localhost' IDENTIFIED BY 'change-this-password';  -- concertctl migrate

-- Makes and alters tables. A migration may fill the columns that it adds; none deletes rows.
GRANT SELECT, INSERT, UPDATE, CREATE, ALTER, DROP, INDEX, REFERENCES ON concert.* TO 'concert_migrate'@'localhost';
