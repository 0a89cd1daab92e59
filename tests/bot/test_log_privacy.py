"""Log lines contain kinds of things and nothing about anybody, whatever happens."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from bot.emulator import BotApiError, TelegramEmulator
from tests.support.dead_letter_log import DEAD_LETTER_EVENT, ON_ALL_DEPLOYMENTS
from tests.support.outage_log import OUTAGE_EVENTS as AWAY
from tests.support.outage_log import has_noticed_outage
from tests.support.phone import Phone
from tests.support.running_bot import RunningBot, running_bot, wait_until
from tests.support.undeliverable_log import UNREADABLE_ENTRY_EVENT
from tests.support.walkers import KEEP_WORDS_LABEL, Walker

CHAT, GROUP = 7_654_321_987, -100_222_333_444
WORDS = "Blodwen telephoned Gwenllian"
COMMENT = "Myfanwy drove through Llanfairpwllgwyngyll without stopping, and nobody could say why"
TURN_FIELDS = {"event", "log_level", "reply", "events", "step", "ms"}


async def test_each_turn_is_logged_in_one_line_without_content(bot: RunningBot, phone: Phone) -> None:
    walker = Walker(phone)
    await walker.walk_to("informed_why")
    await walker.type_text(WORDS)
    await bot.wait_for_delivery()
    lines = bot.find_log_lines("turn")
    assert [line["reply"] for line in lines] == ["command", "tap", "tap", "tap", "tap", "text", "tap"]
    assert {tuple(sorted(line)) for line in lines} == {tuple(sorted(TURN_FIELDS))}
    assert [line["step"] for line in lines[-2:]] == ["informed_why", "confident"]
    assert all(re.fullmatch(r"[a-z_]+( [a-z_]+)*", line["events"]) for line in lines)
    assert all(0 < line["ms"] < 60_000 for line in lines)


async def test_the_creation_of_a_database_is_logged_once(
    emulator: TelegramEmulator, emulator_url: str, database_file: Path
) -> None:
    """If an older one is expected there, it was moved."""
    for expected in ([str(database_file)], []):
        async with running_bot(emulator, emulator_url, database_file) as bot:
            await bot.wait_for_intake()
        assert [line["where"] for line in bot.find_log_lines("a new database was created")] == expected


@ON_ALL_DEPLOYMENTS
async def test_no_log_line_contains_personal_data_whatever_fails(bot: RunningBot, emulator: TelegramEmulator) -> None:
    """A complete run with every kind of error."""
    bot.allow_events(
        *AWAY,
        DEAD_LETTER_EVENT,
        UNREADABLE_ENTRY_EVENT,
        "a call to Telegram failed",
        "Telegram rejected a call",
    )
    bot.allow_events("a direct reply could not be sent", "fetching updates failed")
    bot.allow_events("a drawing could not be sent; its text is sent instead")
    phone = Phone(emulator, CHAT)
    phone.chat.first_name = "Angharad"
    walker = Walker(phone)
    await walker.walk_to("informed_why")
    await bot.wait_for_delivery()
    run = bot.fetch_rows("select id from runs")[0][0]
    await cause_every_error(bot, phone, emulator)
    await walker.walk_to("confident_why")
    await walker.type_text(WORDS)
    await walker.walk_to("check")
    last = await walker.submit()
    receipt = last.keyboard[0]["callback_data"].split(".")[-1]
    emulator.add_bot_to_group(GROUP, user_id=CHAT)
    await bot.wait_for_delivery()
    secrets = [str(CHAT), str(abs(GROUP)), "Angharad", emulator.token, str(run), receipt]
    secrets += [word for word in f"{WORDS} {COMMENT}".replace(",", "").split() if len(word) > 5]
    secrets += [str(emulator.webhook[name]) for name in ("secret_token",) if name in emulator.webhook]
    assert bot.find_log_lines("turn")
    lines = [json.dumps(line, ensure_ascii=False, default=str) for line in bot.log_lines]
    assert [(secret, line) for line in lines for secret in secrets if secret in line] == []


async def cause_every_error(bot: RunningBot, phone: Phone, emulator: TelegramEmulator) -> None:
    """A failed turn, a malformed update, a database outage, failed calls and an unreadable outbox entry."""
    with bot.deployment.make_turns_fail(CHAT):
        phone.type_text(WORDS)
        await phone.receive()
    emulator.push_raw({"message": {"chat": {"id": CHAT, "type": WORDS}, "text": WORDS, "date": WORDS}})
    await bot.wait_for_intake()
    with bot.deployment.make_database_unavailable():
        phone.type_text(COMMENT)
        await wait_until(lambda: has_noticed_outage(bot, emulator))
    await phone.receive()
    phone.tap(KEEP_WORDS_LABEL)
    await phone.receive()
    await bot.wait_for_delivery()
    quoting_error = BotApiError(400, f'Bad Request: can\'t parse entities of {CHAT}: Unsupported start tag "{WORDS}"')
    faults: Iterator[BotApiError | str] = iter(
        [BotApiError(500, WORDS), "drop", quoting_error, BotApiError(403, "Forbidden")]
    )
    emulator.fault_injector = lambda method, _: next(faults, None) if method == "sendMessage" else None
    for _ in range(3):
        phone.type_text("/help")
    await bot.wait_for_delivery()
    emulator.fault_injector = lambda method, _: (
        BotApiError(429, "Too Many Requests", 1) if method == "sendMessage" else None
    )
    phone.type_text("/about")
    phone.type_text("/help")
    await bot.wait_for_intake()
    bot.execute_sql(
        "update outbox_entries set content = ?, created_at = created_at - 61"
        " where id = (select max(id) from outbox_entries)",
        b"\0",
    )
    emulator.fault_injector = None
    await bot.wait_for_delivery()
    phone.type_text("/start")
    await phone.receive()
