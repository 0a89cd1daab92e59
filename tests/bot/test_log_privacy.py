"""What the bot logs in all that can happen: kinds of things, and nothing of anybody."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from bot.emulator import Lookalike, Refused
from tests.bot.delivery.test_undeliverable_entries import NOT_SAID
from tests.bot.intake.test_database_outage import ALLOWED as AWAY
from tests.bot.intake.test_database_outage import noticed
from tests.bot.intake.test_dead_letters import EVERYWHERE, SET_ASIDE
from tests.support.phone import Phone
from tests.support.running_bot import Running, running, until
from tests.support.walkers import KEEP, Walker

CHAT, GROUP = 7_654_321_987, -100_222_333_444
WORDS = "Blodwen telephoned Gwenllian"
COMMENT = "Myfanwy drove through Llanfairpwllgwyngyll without stopping, and nobody could say why"
TURN = {"event", "log_level", "reply", "events", "place", "ms"}


async def test_each_turn_is_one_line_that_tells_kinds_of_things_only(bot: Running, phone: Phone) -> None:
    walker = Walker(phone)
    await walker.to("informed_why")
    await walker.type(WORDS)
    await bot.said_all()
    lines = bot.said("turn")
    assert [line["reply"] for line in lines] == ["commanded", "tapped", "tapped", "tapped", "tapped", "typed", "tapped"]
    assert {tuple(sorted(line)) for line in lines} == {tuple(sorted(TURN))}
    assert [line["place"] for line in lines[-2:]] == ["informed_why", "confident"]
    assert all(re.fullmatch(r"[a-z_]+( [a-z_]+)*", line["events"]) for line in lines)
    assert all(0 < line["ms"] < 60_000 for line in lines)


async def test_a_new_database_is_told_of_where_it_is_begun_and_no_more(
    lookalike: Lookalike, url: str, file: Path
) -> None:
    """Where an older one should stand, somebody has moved it."""
    for expected in ([str(file)], []):
        async with running(lookalike, url, file) as bot:
            await bot.took_in()
        assert [line["where"] for line in bot.said("a new database is begun")] == expected


@EVERYWHERE
async def test_whatever_happens_no_line_tells_of_anybody(bot: Running, lookalike: Lookalike) -> None:
    """A whole walk, with all that can go wrong on the way."""
    bot.allow(*AWAY, SET_ASIDE, NOT_SAID, "Telegram did not take a message", "Telegram refused a call for good")
    bot.allow("a word past the outbox could not be said", "Telegram could not be asked for updates")
    bot.allow("a picture could not be said; its words are")
    phone = Phone(lookalike, CHAT)
    phone.chat.first_name = "Angharad"
    walker = Walker(phone)
    await walker.to("informed_why")
    await bot.said_all()
    run = bot.rows("select id from runs")[0][0]
    await all_that_can_go_wrong(bot, phone, lookalike)
    await walker.to("confident_why")
    await walker.type(WORDS)
    await walker.to("check")
    last = await walker.send()
    receipt = last.keyboard[0]["callback_data"].split(".")[-1]
    lookalike.adds_to_group(GROUP, by=CHAT)
    await bot.said_all()
    secrets = [str(CHAT), str(abs(GROUP)), "Angharad", lookalike.token, str(run), receipt]
    secrets += [word for word in f"{WORDS} {COMMENT}".replace(",", "").split() if len(word) > 5]
    secrets += [str(lookalike.webhook[name]) for name in ("secret_token",) if name in lookalike.webhook]
    assert bot.said("turn")
    lines = [json.dumps(line, ensure_ascii=False, default=str) for line in bot.log]
    assert [(secret, line) for line in lines for secret in secrets if secret in line] == []


async def all_that_can_go_wrong(bot: Running, phone: Phone, lookalike: Lookalike) -> None:
    """A turn that fails, junk, a database that is away, calls that fail, a saying that can't be read."""
    with bot.way.turns_fail(CHAT):
        phone.type(WORDS)
        await phone.hears()
    lookalike.push_raw({"message": {"chat": {"id": CHAT, "type": WORDS}, "text": WORDS, "date": WORDS}})
    await bot.took_in()
    with bot.way.away():
        phone.type(COMMENT)
        await until(lambda: noticed(bot, lookalike))
    await phone.hears()
    phone.tap(KEEP)
    await phone.hears()
    await bot.said_all()
    quoting = Refused(400, f'Bad Request: can\'t parse entities of {CHAT}: Unsupported start tag "{WORDS}"')
    faults: Iterator[Refused | str] = iter([Refused(500, WORDS), "drop", quoting, Refused(403, "Forbidden")])
    lookalike.fault = lambda method, _: next(faults, None) if method == "sendMessage" else None
    for _ in range(3):
        phone.type("/help")
    await bot.said_all()
    lookalike.fault = lambda method, _: Refused(429, "Too Many Requests", 1) if method == "sendMessage" else None
    phone.type("/about")
    phone.type("/help")
    await bot.took_in()
    bot.change("update outbox set saying = ?, left_at = left_at - 61 where id = (select max(id) from outbox)", b"\0")
    lookalike.fault = None
    await bot.said_all()
    phone.type("/start")
    await phone.hears()
