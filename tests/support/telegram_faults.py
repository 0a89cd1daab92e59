"""Faults of Telegram, for the first calls of a method."""

from collections.abc import Callable, Iterator

from bot.emulator import BotApiError

SEND_FAILED_EVENT = "a call to Telegram failed"


EmulatorFault = BotApiError | str | float | None


def fail_first_calls(
    faults: list[EmulatorFault], method: str, chat_id: int | None = None
) -> Callable[..., EmulatorFault]:
    """Spoils the first calls of a method, one after the other."""
    waiting: Iterator[EmulatorFault] = iter(faults)

    def fault(called: str, args: dict[str, object]) -> EmulatorFault:
        mine = called == method and chat_id in {None, int(str(args.get("chat_id", 0)))}
        return next(waiting, None) if mine else None

    return fault
