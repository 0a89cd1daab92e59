"""What is counted, for Prometheus. No label carries anything of a person: only kinds of things."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

TURNS = Counter("connection_test_turns", "Turns taken, by the kind of reply.", ["reply"], registry=REGISTRY)
TURN_SECONDS = Histogram(
    "connection_test_turn_seconds",
    "From an update's arrival here to its commit.",
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30),
    registry=REGISTRY,
)
REPEATED_UPDATES = Counter("connection_test_updates_repeated", "Updates that were taken in before.", registry=REGISTRY)
RATE_LIMITED_UPDATES = Counter(
    "connection_test_updates_flooded", "Updates without a turn: too many of one chat.", registry=REGISTRY
)
DEAD_LETTERS = Counter(
    "connection_test_set_aside", "Updates set aside because they failed again and again.", registry=REGISTRY
)
DATABASE_OUTAGES = Counter(
    "connection_test_database_away", "Times the database could not be used for a turn.", registry=REGISTRY
)
TELEGRAM_CALLS = Counter(
    "connection_test_telegram_calls", "Calls to Telegram, by what came of them.", ["came"], registry=REGISTRY
)
OUTBOX_ENTRIES = Gauge("connection_test_unsaid", "Sayings that wait in the outbox, of all workers.", registry=REGISTRY)
OLDEST_OUTBOX_ENTRY_SECONDS = Gauge(
    "connection_test_oldest_unsaid_seconds", "Age of the oldest saying that somebody waits for.", registry=REGISTRY
)
