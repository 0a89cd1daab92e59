"""A Telegram that is often busy, broken, cut off or slow, for long runs.

lookalike.fault = Misbehaving(seed=7)
"""

from collections import Counter
from random import Random
from typing import Any

from bot.emulator import Refused

Fault = Refused | str | float
SHARES = {"busy": 10, "broken": 5, "cut": 5}  # per cent of all calls, getUpdates too; all others are slow
DELAYS = (0.02, 0.5)  # seconds


class Misbehaving:
    """Spoils calls by chance; the same calls in the same order with the same seed are spoiled alike.

    `done` counts what it did: busy (429), broken (5xx), drop (cut before), lose (cut after), slow.
    """

    def __init__(self, seed: int = 0) -> None:
        self.chance = Random(seed)
        self.done: Counter[str] = Counter()
        self.calls: Counter[tuple[str, str]] = Counter()

    def __call__(self, method: str, _: dict[str, Any]) -> Fault:
        deed = self.choose()
        self.done[deed] += 1
        self.calls[method, deed] += 1
        return self.fault(deed)

    def choose(self) -> str:
        rest = 100 - sum(SHARES.values())
        deed = self.chance.choices([*SHARES, "slow"], [*SHARES.values(), rest])[0]
        return self.chance.choice(("drop", "lose")) if deed == "cut" else deed

    def fault(self, deed: str) -> Fault:
        match deed:
            case "busy":
                return Refused(429, "Too Many Requests: retry after 1", retry_after=1)
            case "broken":
                return self.chance.choice((Refused(502, "Bad Gateway"), Refused(500, "Internal Server Error")))
            case "slow":
                return self.chance.uniform(*DELAYS)
            case _:
                return deed
