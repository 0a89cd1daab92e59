"""Taps on buttons: each can be answered once, and not for ever."""

import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from bot.preview.refusing import QUERY_TOO_OLD, TAP_LIVES, bad_request


@dataclass(slots=True, frozen=True)
class Tap:
    chat_id: int
    message_id: int
    at: float


class Taps:
    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.open: OrderedDict[str, Tap] = OrderedDict()

    def make(self, chat_id: int, message_id: int) -> str:
        self.forget_old()
        tap_id = str(secrets.randbits(62))
        self.open[tap_id] = Tap(chat_id, message_id, self.clock())
        return tap_id

    def forget_old(self) -> None:
        oldest = self.clock() - TAP_LIVES
        while self.open and next(iter(self.open.values())).at < oldest:
            self.open.popitem(last=False)

    def answer(self, tap_id: str) -> Tap:
        self.forget_old()
        tap = self.open.pop(tap_id, None)
        if tap is None:
            bad_request(QUERY_TOO_OLD)
        return tap
