"""A turn that fails, and fails again: its update is set aside, that is said plainly, and the chat goes on."""

import pytest

from bot.emulator import Lookalike
from bot.render.localization import FIRST, spoken
from storage.conversations.dead_letters import all_aside, content_of
from storage.db.database import open_database
from tests.support.deployments import POSTGRESQL, WAYS, WEBHOOK
from tests.support.phone import Phone
from tests.support.postgresql import SECRET
from tests.support.running_bot import Running
from tests.support.walkers import Walker, place_of

SORRY = spoken(FIRST).text("apology")
BEGUN_ANEW = "Sorry, something went wrong on my side"
SET_ASIDE = "an update was set aside"
CHAT = 7_654_321_987
NAMES = ("Blodwen", "Gwenllian")
WORDS = "my mother is Blodwen and I am Gwenllian"
EVERYWHERE = pytest.mark.ways(*WAYS)


@EVERYWHERE
async def test_a_turn_that_fails_is_said_in_one_sentence_and_its_update_is_set_aside(
    bot: Running, lookalike: Lookalike
) -> None:
    bot.allow(SET_ASIDE)
    phone, other = Phone(lookalike, CHAT), Phone(lookalike, 8)
    await Walker(phone).to("informed_why")
    await bot.said_all()
    heard = len(phone.heard)
    with bot.way.turns_fail(CHAT):
        phone.type(WORDS)
        await Walker(other).to("viewpoint")
        assert (await phone.hears()).text == SORRY
        await bot.said_all()
    assert len(phone.heard) == heard + 1
    [line] = bot.said(SET_ASIDE)
    assert line["where"].split(":")[0].endswith(".py")
    assert set(line) == {"event", "log_level", "kind", "error", "where"}
    assert not any(word in str(line) for word in (*NAMES, str(CHAT), lookalike.token))
    [(chat, kind, content)] = bot.rows("select chat, kind, content from set_aside")
    assert (chat, kind) == (CHAT, "message")
    assert not any(name.encode() in content for name in NAMES)


@EVERYWHERE
async def test_after_what_failed_the_chat_goes_on_where_it_was(bot: Running, phone: Phone) -> None:
    bot.allow(SET_ASIDE)
    await Walker(phone).to("informed_why")
    await bot.said_all()
    with bot.way.turns_fail(7):
        phone.type(WORDS)
        await phone.hears()
    assert place_of(await Walker(phone).type(WORDS)) == "confident"


@EVERYWHERE
async def test_the_button_of_a_turn_that_fails_stops_waiting(bot: Running, phone: Phone) -> None:
    bot.allow(SET_ASIDE)
    await Walker(phone).to("role")
    await bot.said_all()
    with bot.way.turns_fail(7):
        tap = phone.tap("Somebody else")
        assert (await phone.hears()).text == SORRY
        await phone.answered(tap)
    assert [line["kind"] for line in bot.said(SET_ASIDE)] == ["callback_query"]
    assert bot.rows("select * from answers") == []


@pytest.mark.ways(POSTGRESQL, WEBHOOK, reason="counts the tries with a sequence of PostgreSQL's")
@pytest.mark.parametrize(("failures", "set_aside"), [(2, 0), (3, 1)])
async def test_an_update_is_tried_three_times_before_it_is_set_aside(
    bot: Running, phone: Phone, failures: int, set_aside: int
) -> None:
    bot.allow(SET_ASIDE)
    await Walker(phone).to("role")
    await bot.said_all()
    bot.change("create sequence tries")
    bot.change(f"alter table answers add check (choice is null or nextval('tries') > {failures})")
    phone.tap("Somebody else")
    await phone.hears()
    await bot.said_all()
    assert bot.rows("select last_value from tries") == [(3,)]
    assert bot.rows("select count(*) from set_aside") == [(set_aside,)]
    assert bot.rows("select count(*) from answers") == [(1 - set_aside,)]


@EVERYWHERE
async def test_what_was_set_aside_can_be_read_with_the_key(bot: Running, phone: Phone) -> None:
    bot.allow(SET_ASIDE)
    await Walker(phone).to("informed_why")
    await bot.said_all()
    with bot.way.turns_fail(7):
        phone.type(WORDS)
        await phone.hears()
    database = open_database(bot.way.address, SECRET if "secret_key" in bot.way.settings else None)
    try:
        [aside] = all_aside(database)
        assert WORDS in (content_of(database, aside.id) or "")
    finally:
        database.close()


@EVERYWHERE
async def test_a_run_whose_bytes_are_damaged_begins_anew_and_says_so(bot: Running, phone: Phone) -> None:
    await Walker(phone).to("viewpoint")
    await bot.said_all()
    bot.change("update runs set held = ?", b"\0")
    phone.tap("My family")
    begun = await phone.hears()
    assert BEGUN_ANEW in begun.text
    assert place_of(begun) == "welcome"
    await bot.said_all()
    assert bot.rows("select place from runs") == [("welcome",)]
    assert bot.rows("select * from answers") == bot.rows("select * from set_aside") == []
