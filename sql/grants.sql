-- The database and the service's account. Run as the database's administrator, with a password of
-- your own:  mariadb < grants.sql
-- `concertctl migrate` needs the second grant; take it back between upgrades if you like.

CREATE DATABASE IF NOT EXISTS concert CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
CREATE USER IF NOT EXISTS 'concert'@'localhost' IDENTIFIED BY 'change-this-password';
GRANT SELECT, INSERT, UPDATE, DELETE ON concert.* TO 'concert'@'localhost';
GRANT CREATE, ALTER, DROP, INDEX, REFERENCES ON concert.* TO 'concert'@'localhost';
