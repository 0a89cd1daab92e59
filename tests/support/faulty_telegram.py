"""A Telegram that is often busy, broken, cut off or slow, for long runs.

lookalike.fault = Misbehaving(seed=7)
"""

from collections import Counter
from random import Random
from typing import Any

from bot.emulator import BotApiError

EmulatorFault = BotApiError | str | float
FAULT_PERCENTAGES = {"busy": 10, "broken": 5, "cut": 5}  # per cent of all calls, getUpdates too; all others are slow
DELAY_RANGE_SECONDS = (0.02, 0.5)  # seconds


class RandomFaults:
    """Spoils calls by chance; the same calls in the same order with the same seed are spoiled alike.

    `done` counts what it did: busy (429), broken (5xx), drop (cut before), lose (cut after), slow.
    """

    def __init__(self, seed: int = 0) -> None:
        self.random = Random(seed)
        self.fault_counts: Counter[str] = Counter()
        self.call_counts: Counter[tuple[str, str]] = Counter()

    def __call__(self, method: str, _: dict[str, Any]) -> EmulatorFault:
        kind = self.choose_fault()
        self.fault_counts[kind] += 1
        self.call_counts[method, kind] += 1
        return self.make_fault(kind)

    def choose_fault(self) -> str:
        rest = 100 - sum(FAULT_PERCENTAGES.values())
        kind = self.random.choices([*FAULT_PERCENTAGES, "slow"], [*FAULT_PERCENTAGES.values(), rest])[0]
        return self.random.choice(("drop", "lose")) if kind == "cut" else kind

    def make_fault(self, kind: str) -> EmulatorFault:
        match kind:
            case "busy":
                return BotApiError(429, "Too Many Requests: retry after 1", retry_after=1)
            case "broken":
                return self.random.choice((BotApiError(502, "Bad Gateway"), BotApiError(500, "Internal Server Error")))
            case "slow":
                return self.random.uniform(*DELAY_RANGE_SECONDS)
            case _:
                return kind
