"""Prometheus metrics. Labels are kinds of things and never contain anything about a person."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

TURNS = Counter("connection_test_turns", "Replies processed, by kind.", ["reply"], registry=REGISTRY)
TURN_SECONDS = Histogram(
    "connection_test_turn_seconds",
    "Time from an update's arrival to its commit.",
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30),
    registry=REGISTRY,
)
REPEATED_UPDATES = Counter(
    "connection_test_updates_repeated", "Updates that had been processed before.", registry=REGISTRY
)
RATE_LIMITED_UPDATES = Counter(
    "connection_test_updates_rate_limited", "Updates over a chat's rate limit.", registry=REGISTRY
)
DEAD_LETTERS = Counter("connection_test_dead_letters", "Updates that failed repeatedly.", registry=REGISTRY)
DATABASE_OUTAGES = Counter(
    "connection_test_updates_without_database", "Updates that found no usable database.", registry=REGISTRY
)
TELEGRAM_CALLS = Counter(
    "connection_test_telegram_calls", "Calls to Telegram, by result.", ["result"], registry=REGISTRY
)
OUTBOX_ENTRIES = Gauge(
    "connection_test_outbox_entries", "Messages that wait to be sent, across all workers.", registry=REGISTRY
)
OLDEST_OUTBOX_ENTRY_SECONDS = Gauge(
    "connection_test_oldest_outbox_entry_seconds", "Age of the oldest message that waits to be sent.", registry=REGISTRY
)
