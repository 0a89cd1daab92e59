"""The drawing process is killed, hangs or stops with the bot: the text still arrives, and nothing is left behind."""

import os
import signal
import sys
from asyncio import create_subprocess_exec
from asyncio.subprocess import PIPE
from collections.abc import Callable
from multiprocessing import active_children
from pathlib import Path

import pytest

from bot.delivery.image_worker import DrawingError, DrawingProcess
from bot.emulator import TelegramEmulator
from bot.graphics.drawing import list_charts
from bot.graphics.report import Report
from tests.support.campaign_results import (
    GROUP_PLAN,
    get_results_code,
    receive_results,
    release_results,
    submit_answers,
)
from tests.support.campaigns import create_campaign
from tests.support.deployments import Deployment
from tests.support.graphics_samples import NUMERIC_RESULTS, draw_charts
from tests.support.phone import Phone, PhoneMessage
from tests.support.process_state import has_exited
from tests.support.result_chat import PRINT_PAGE_LABEL
from tests.support.running_bot import RunningBot, running_bot, wait_until

ENDED, NO_PAGE = "the drawing process ended", "a drawing could not be sent; its text is sent instead"


def list_image_processes() -> list[int]:
    """The process ids of the drawing processes."""
    return [child.pid for child in active_children() if child.name == "painter" and child.pid]


async def open_results(bot: RunningBot, phone: Phone) -> PhoneMessage:
    """Releases a campaign with twelve responses and returns its results message. This starts the drawing process."""
    code = await create_campaign(bot, GROUP_PLAN)
    await submit_answers(bot, code, 12, seed=1)
    await release_results(bot)
    phone.type_text(f"/start r-{get_results_code(bot, code)}")
    return (await receive_results(bot, phone))[-1]


async def suspend_at_page(bot: RunningBot, phone: Phone, emulator: TelegramEmulator) -> int:
    """Asks for the page while the drawing process is suspended, and returns its process id."""
    results = await open_results(bot, phone)
    [pid] = list_image_processes()
    os.kill(pid, signal.SIGSTOP)
    actions = emulator.calls["sendChatAction"]
    phone.tap_in(results, PRINT_PAGE_LABEL)
    await wait_until(lambda: emulator.calls["sendChatAction"] > actions)
    return pid


async def wait_for_replacement(old_pid: int) -> int:
    """The process id of the next drawing process."""
    await wait_until(lambda: [pid for pid in list_image_processes() if pid != old_pid])
    return next(pid for pid in list_image_processes() if pid != old_pid)


async def test_a_killed_drawing_process_is_restarted_and_draws(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator
) -> None:
    bot.allow_events(ENDED)
    pid = await suspend_at_page(bot, phone, emulator)
    os.kill(pid, signal.SIGKILL)
    assert (await phone.receive()).kind == "document"
    assert len(bot.find_log_lines(ENDED)) == 1


async def test_a_drawing_process_killed_twice_is_reported_and_the_next_page_drawn(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator
) -> None:
    bot.allow_events(ENDED, NO_PAGE)
    first = await suspend_at_page(bot, phone, emulator)
    os.kill(first, signal.SIGKILL)
    os.kill(await wait_for_replacement(first), signal.SIGKILL)
    assert "I could not make that page" in (await phone.receive()).text
    phone.tap(PRINT_PAGE_LABEL)
    assert (await phone.receive()).kind == "document"


async def test_a_hanging_drawing_process_is_replaced_after_a_timeout(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot.allow_events(ENDED)
    results = await open_results(bot, phone)
    monkeypatch.setattr("bot.delivery.image_worker.DRAWING_TIMEOUT_SECONDS", 5.0)
    [pid] = list_image_processes()
    os.kill(pid, signal.SIGSTOP)
    phone.tap_in(results, PRINT_PAGE_LABEL)
    assert (await phone.receive(20)).kind == "document"
    assert list_image_processes() != [pid]
    assert emulator.calls["sendDocument"] == 1


async def test_a_drawing_interrupted_by_a_stop_is_sent_after_the_next_start(
    emulator: TelegramEmulator, emulator_url: str, deployment: Deployment, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.delivery.sender.SHUTDOWN_GRACE_SECONDS", 0.1)
    async with running_bot(emulator, emulator_url, deployment) as bot:
        pid = await suspend_at_page(bot, phone, emulator)
        await bot.stop()
        assert list_image_processes() == []
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
        assert bot.fetch_rows("select count(*) from outbox_entries") == [(1,)]
    phone.skip_received()
    async with running_bot(emulator, emulator_url, deployment):
        assert (await phone.receive()).kind == "document"


async def test_others_are_answered_during_a_drawing(bot: RunningBot, phone: Phone, emulator: TelegramEmulator) -> None:
    pid = await suspend_at_page(bot, phone, emulator)
    other = Phone(emulator, 8)
    other.type_text("/help")
    assert "How this works" in (await other.receive()).text
    os.kill(pid, signal.SIGCONT)
    assert (await phone.receive()).kind == "document"


@pytest.fixture
async def painter() -> DrawingProcess:
    return DrawingProcess()


async def test_the_drawing_process_draws_the_same_bytes_and_stops_on_request(painter: DrawingProcess) -> None:
    try:
        [first, *_] = list_charts(NUMERIC_RESULTS)
        assert await painter.draw(first) == draw_charts(NUMERIC_RESULTS)[0]
    finally:
        painter.stop()
    assert list_image_processes() == []
    with pytest.raises(RuntimeError):
        await painter.draw(first)


async def test_an_invalid_drawing_does_not_end_the_process(painter: DrawingProcess) -> None:
    broken: Callable[..., Report] = Report
    try:
        with pytest.raises(DrawingError):
            await painter.draw(broken("these are no results"))
        [pid] = list_image_processes()
        await painter.draw(list_charts(NUMERIC_RESULTS)[0])
        assert list_image_processes() == [pid]
    finally:
        painter.stop()


async def test_a_hanging_process_times_out_while_a_large_drawing_is_sent_to_it(
    painter: DrawingProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A suspended process reads nothing, so the bot blocks while it sends the drawing."""
    broken: Callable[..., Report] = Report
    try:
        await painter.draw(list_charts(NUMERIC_RESULTS)[0])
        [pid] = list_image_processes()
        monkeypatch.setattr("bot.delivery.image_worker.DRAWING_TIMEOUT_SECONDS", 5.0)
        os.kill(pid, signal.SIGSTOP)
        with pytest.raises(DrawingError):
            await painter.draw(broken("these are no results " * 100_000))
        assert list_image_processes() != [pid]
        await painter.draw(list_charts(NUMERIC_RESULTS)[0])
    finally:
        painter.stop()


async def test_the_drawing_process_of_a_killed_bot_ends(tmp_path: Path) -> None:
    """The process notices that the other end of its pipe is closed."""
    program = tmp_path / "killed.py"
    program.write_text(DRAWING_PROGRAM)
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    process = await create_subprocess_exec(sys.executable, program, stdout=PIPE, env=environment)
    assert process.stdout
    pid = int(await process.stdout.readline())
    process.kill()
    try:
        await wait_until(lambda: has_exited(pid))
    finally:
        if not has_exited(pid):
            os.kill(pid, signal.SIGKILL)
        await process.communicate()  # waits until the child has closed the output too


DRAWING_PROGRAM = """
import asyncio, sys
from bot.delivery.image_worker import DrawingProcess
from bot.graphics.drawing import list_charts
from tests.support.graphics_samples import NUMERIC_RESULTS

async def main():
    painter = DrawingProcess()
    await painter.draw(list_charts(NUMERIC_RESULTS)[0])
    print(painter.pid, flush=True)
    await asyncio.sleep(60)

if __name__ == "__main__":
    asyncio.run(main())
"""
