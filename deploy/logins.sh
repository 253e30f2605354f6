#!/usr/bin/env bash
# Run once by the postgres image, in an empty database: three logins and Hunch's database. The
# application's login owns nothing and cannot see across workspaces; the backup's sees everything
# and may change nothing.
set -euo pipefail

psql --username "$POSTGRES_USER" --dbname postgres --set ON_ERROR_STOP=1 \
  --set admin="$DB_ADMIN_PASSWORD" --set app="$DB_APP_PASSWORD" \
  --set backup="$DB_BACKUP_PASSWORD" <<'SQL'
CREATE ROLE hunch_admin LOGIN NOBYPASSRLS PASSWORD :'admin';
CREATE ROLE hunch_app LOGIN NOBYPASSRLS PASSWORD :'app';
CREATE ROLE hunch_backup LOGIN BYPASSRLS PASSWORD :'backup';
GRANT pg_read_all_data TO hunch_backup;
CREATE DATABASE hunch OWNER hunch_admin;
REVOKE ALL ON DATABASE hunch FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE hunch TO hunch_app;
GRANT CONNECT ON DATABASE hunch TO hunch_backup;
SQL
