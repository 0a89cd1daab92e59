"""The database itself: engines for SQLite and PostgreSQL, transactions, tables, encryption, backup."""
