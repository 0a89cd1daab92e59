"""Random faults for long runs: a Telegram that is often busy, broken, unreachable or slow.

emulator.fault_injector = RandomFaults(seed=7)
"""

from collections import Counter
from random import Random
from typing import Any

from bot.emulator import BotApiError

EmulatorFault = BotApiError | str | float
FAULT_PERCENTAGES = {"busy": 10, "broken": 5, "cut": 5}  # of all calls, including getUpdates; all others are slow
DELAY_RANGE_SECONDS = (0.02, 0.5)


class RandomFaults:
    """Chooses a random fault for each call. The same seed gives the same faults for the same calls in the same order.

    `fault_counts` counts the faults by kind: "busy" (429), "broken" (5xx), "drop" (connection cut before the call is
    carried out), "lose" (cut afterwards) and "slow". `call_counts` counts them by method and kind.
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
        percentages = {**FAULT_PERCENTAGES, "slow": 100 - sum(FAULT_PERCENTAGES.values())}
        kind = self.random.choices([*percentages], [*percentages.values()])[0]
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
