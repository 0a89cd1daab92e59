"""What draws is killed, hangs, or is stopped with the bot: the words come in any case, and nothing is left behind."""

import os
import signal
import sys
from asyncio import create_subprocess_exec
from asyncio.subprocess import PIPE
from collections.abc import Callable
from multiprocessing import active_children
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # it ships no types
import pytest

from bot.delivery.image_worker import Painter, Undrawn
from bot.emulator import Lookalike
from bot.graphics.charts import draw_charts
from bot.graphics.drawing import charts_of
from bot.graphics.report import Report
from tests.bot.handlers.test_campaign_links import opened
from tests.bot.handlers.test_results import PRINT
from tests.support.campaign_results import GROUP, answered, hears_results, key_of, released
from tests.support.deployments import Way
from tests.support.graphics_samples import NUMBERS
from tests.support.phone import Message, Phone
from tests.support.running_bot import Running, running, until

ENDED, NO_PAGE = "what draws has ended", "a page could not be said"


def pids() -> list[int]:
    """The processes that draw."""
    return [child.pid for child in active_children() if child.name == "painter" and child.pid]


async def results_in(bot: Running, phone: Phone) -> Message:
    """The words of a campaign's results, once twelve have answered. What draws runs from then on."""
    code = await opened(bot, GROUP)
    await answered(bot, code, 12, seed=1)
    await released(bot)
    phone.type(f"/start r-{key_of(bot, code)}")
    return (await hears_results(bot, phone))[-1]


async def held_up_at_the_page(bot: Running, phone: Phone, lookalike: Lookalike) -> int:
    """Asks for the page while the process stands still: it has the drawing in hand. The process."""
    words = await results_in(bot, phone)
    [pid] = pids()
    os.kill(pid, signal.SIGSTOP)
    actions = lookalike.calls["sendChatAction"]
    phone.tap_on(words, PRINT)
    await until(lambda: lookalike.calls["sendChatAction"] > actions)
    return pid


async def another(than: int) -> int:
    """The process that takes its place."""
    await until(lambda: [pid for pid in pids() if pid != than])
    return next(pid for pid in pids() if pid != than)


async def test_killed_over_a_drawing_it_is_started_anew_and_draws(
    bot: Running, phone: Phone, lookalike: Lookalike
) -> None:
    bot.allow(ENDED)
    pid = await held_up_at_the_page(bot, phone, lookalike)
    os.kill(pid, signal.SIGKILL)
    assert (await phone.hears()).kind == "document"
    assert len(bot.said(ENDED)) == 1


async def test_killed_twice_over_a_drawing_it_is_said_in_words_and_the_next_is_drawn(
    bot: Running, phone: Phone, lookalike: Lookalike
) -> None:
    bot.allow(ENDED, NO_PAGE)
    first = await held_up_at_the_page(bot, phone, lookalike)
    os.kill(first, signal.SIGKILL)
    os.kill(await another(first), signal.SIGKILL)
    assert "I could not make that page" in (await phone.hears()).text
    phone.tap(PRINT)
    assert (await phone.hears()).kind == "document"


async def test_hanging_it_is_given_up(
    bot: Running, phone: Phone, lookalike: Lookalike, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot.allow(ENDED)
    words = await results_in(bot, phone)
    monkeypatch.setattr("bot.delivery.image_worker.PATIENCE", 5.0)
    [pid] = pids()
    os.kill(pid, signal.SIGSTOP)
    phone.tap_on(words, PRINT)
    assert (await phone.hears(20)).kind == "document"
    assert pids() != [pid]
    assert lookalike.calls["sendDocument"] == 1


async def test_stopped_over_a_drawing_nothing_is_left_and_the_next_start_says_it(
    lookalike: Lookalike, url: str, way: Way, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.delivery.sender.PATIENCE", 0.1)
    async with running(lookalike, url, way) as bot:
        pid = await held_up_at_the_page(bot, phone, lookalike)
        await bot.stop()
        assert pids() == []
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
        assert bot.rows("select count(*) from outbox") == [(1,)]
    phone.act()
    async with running(lookalike, url, way):
        assert (await phone.hears()).kind == "document"


async def test_while_something_is_drawn_others_are_answered(bot: Running, phone: Phone, lookalike: Lookalike) -> None:
    pid = await held_up_at_the_page(bot, phone, lookalike)
    other = Phone(lookalike, 8)
    other.type("/help")
    assert "How this works" in (await other.hears()).text
    os.kill(pid, signal.SIGCONT)
    assert (await phone.hears()).kind == "document"


@pytest.fixture
async def painter() -> Painter:
    return Painter()


async def test_it_draws_what_this_process_would_and_ends_when_told(painter: Painter) -> None:
    try:
        [first, *_] = charts_of(NUMBERS)
        assert await painter.draw(first) == draw_charts(NUMBERS)[0]
    finally:
        painter.stop()
    assert pids() == []
    with pytest.raises(RuntimeError):
        await painter.draw(first)


async def test_what_can_not_be_drawn_does_not_end_it(painter: Painter) -> None:
    broken: Callable[..., Report] = Report
    try:
        with pytest.raises(Undrawn):
            await painter.draw(broken("these are no results"))
        [pid] = pids()
        await painter.draw(charts_of(NUMBERS)[0])
        assert pids() == [pid]
    finally:
        painter.stop()


async def test_hanging_over_a_drawing_that_does_not_fit_the_pipe_it_is_given_up(
    painter: Painter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What stands still takes nothing in: the drawing waits on its way."""
    broken: Callable[..., Report] = Report
    try:
        await painter.draw(charts_of(NUMBERS)[0])
        [pid] = pids()
        monkeypatch.setattr("bot.delivery.image_worker.PATIENCE", 5.0)
        os.kill(pid, signal.SIGSTOP)
        with pytest.raises(Undrawn):
            await painter.draw(broken("these are no results " * 100_000))
        assert pids() != [pid]
        await painter.draw(charts_of(NUMBERS)[0])
    finally:
        painter.stop()


async def test_it_ends_with_a_bot_that_is_killed(tmp_path: Path) -> None:
    """Nobody tells it: it notices that nobody asks any more."""
    program = tmp_path / "killed.py"
    program.write_text(DRAWS)
    here = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    process = await create_subprocess_exec(sys.executable, program, stdout=PIPE, env=here)
    assert process.stdout
    pid = int(await process.stdout.readline())
    process.kill()
    try:
        await until(lambda: has_ended(pid))
    finally:
        if not has_ended(pid):
            os.kill(pid, signal.SIGKILL)
        await process.communicate()  # to the end of its output, whoever holds it


def has_ended(pid: int) -> bool:
    """Nobody may be there to take note of its end."""
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


DRAWS = """
import asyncio, sys
from bot.painter import Painter
from bot.pictures.drawing import charts_of
from tests.pictures.shown import NUMBERS

async def main():
    painter = Painter()
    await painter.draw(charts_of(NUMBERS)[0])
    print(painter.pid, flush=True)
    await asyncio.sleep(60)

if __name__ == "__main__":
    asyncio.run(main())
"""
