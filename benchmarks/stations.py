"""What one tap runs through, from the intake to the commit and from the outbox to the HTTP call: modules, functions and
the deepest stack of the project's own frames. `make stations`.

It counts calls with `sys.setprofile`, so that the figures do not depend on the speed of the machine. The bot runs
against the emulator, on an SQLite file, as in the tests.
"""

import asyncio
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from bot.emulator import TelegramEmulator, serve_emulator
from tests.support.phone import Phone
from tests.support.running_bot import running_bot
from tests.support.walkers import Walker

ROOT = Path(__file__).parents[1]
PACKAGES = tuple(f"{ROOT / package}/" for package in ("bot", "flows", "storage"))
EMULATOR = f"{ROOT / 'bot' / 'emulator'}/"
DELIVERY = ("bot/delivery/", "storage/conversations/locks.py")  # what runs below one of these is delivery
ACKNOWLEDGEMENT = "acknowledge"
QUESTION = "confident"
SETTLE_SECONDS = 0.5  # for what a tap still does after its reply came: the old buttons, the acknowledgement

Call = tuple[str, str]  # the file and the function


@dataclass(slots=True)
class Profile:
    """The calls of one tap. `stacks`: the project's own frames of each call, outermost first."""

    is_on: bool = False
    stacks: list[tuple[Call, ...]] = field(default_factory=list)

    def record(self, frame: FrameType, event: str, _: object) -> None:
        if not self.is_on or event != "call" or not _is_own(frame):
            return
        stack: list[Call] = []
        caller: FrameType | None = frame
        while caller is not None:
            if _is_own(caller):
                code = caller.f_code
                stack.append((str(Path(code.co_filename).relative_to(ROOT)), code.co_qualname))
            caller = caller.f_back
        self.stacks.append(tuple(reversed(stack)))


def _is_own(frame: FrameType) -> bool:
    file = frame.f_code.co_filename
    return file.startswith(PACKAGES) and not file.startswith(EMULATOR)


def _is_delivery(stack: tuple[Call, ...]) -> bool:
    return any(file.startswith(DELIVERY) or function == ACKNOWLEDGEMENT for file, function in stack)


async def _profile_tap(profile: Profile, folder: Path) -> None:
    emulator = TelegramEmulator()
    async with serve_emulator(emulator) as url, running_bot(emulator, url, folder / "bot.db") as bot:
        walker = Walker(Phone(emulator, 7))
        await walker.walk_to(QUESTION)
        await bot.wait_for_delivery()
        await asyncio.sleep(SETTLE_SECONDS)
        profile.is_on = True
        await walker.tap(walker.phone.latest_prompt.buttons[1])
        await asyncio.sleep(SETTLE_SECONDS)
        profile.is_on = False


def _print_part(name: str, stacks: list[tuple[Call, ...]]) -> None:
    calls = {call for stack in stacks for call in stack}
    deepest = max(stacks, key=len)
    print(f"{name}: {len({file for file, _ in calls})} modules, {len(calls)} functions, {len(deepest)} frames deep")
    for file, function in deepest:
        print(f"    {file}:{function}")


def main() -> None:
    profile = Profile()
    threading.setprofile(profile.record)
    sys.setprofile(profile.record)
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_profile_tap(profile, Path(folder)))
    sys.setprofile(None)
    _print_part("intake to commit", [stack for stack in profile.stacks if not _is_delivery(stack)])
    _print_part("outbox to HTTP call", [stack for stack in profile.stacks if _is_delivery(stack)])
    calls = {call for stack in profile.stacks for call in stack}
    print(f"both: {len({file for file, _ in calls})} modules, {len(calls)} functions")


if __name__ == "__main__":
    main()
