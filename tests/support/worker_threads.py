"""Several workers on one PostgreSQL database, in threads."""

WAITING_SESSIONS_SQL = "select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
WORKERS = 3
