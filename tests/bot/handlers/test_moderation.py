"""A coordinator reads comments one by one: approves, withholds, hides words, and changes their mind."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import pytest

from bot.emulator import Lookalike
from bot.handlers import moderation
from bot.handlers.moderation import ACTS
from bot.handlers.turn import take_turn
from bot.render.buttons import BEGIN
from bot.telegram.updates import Incoming
from flows.callback_data import MOST_BYTES
from flows.events.moderation import At, at_of, value_at
from flows.models import Run, Tapped
from flows.schema import LONGEST
from storage.anonymity.gateway import opened
from storage.anonymity.releases import release_due
from storage.anonymity.sealing import seal
from storage.anonymity.withdrawal import withdraw
from storage.campaigns.coordinators import HOME, home
from storage.campaigns.repository import Plan, open_campaign
from storage.conversations.outbox import next_due, strike_off
from storage.db.database import Database, open_database
from storage.db.readonly import open_existing
from tests.bot.handlers.test_campaign_links import beside
from tests.bot.handlers.test_coordinator_menu import COLLEAGUE, NAMED, OLD, alert_of, does, invited
from tests.bot.handlers.test_personal_data import asks, read
from tests.bot.handlers.test_results import PRINT, file_of
from tests.support.campaign_results import key_of
from tests.support.deployments import Way
from tests.support.graphics_samples import text_of
from tests.support.phone import Message, Phone
from tests.support.running_bot import Running, running
from tests.support.walkers import data_of, press

K = 10
WILLOW = Plan("The <Willow>", "Leeds carers", organisation=HOME)
APPROVE, WITHHOLD = "Approve: everybody may read it", "Withhold: nobody gets it"
HIDE, LATER, NEXT, UNDO = "Hide a word", "Leave it for later", "Leave it as it is", "‹ Undo the last one"
RENEW, DONE, BARE = "Decide later: as if not read yet", "Done", "Show hidden words again"
READ, BACK = "Read the comments", "‹ Back to the campaign"
SAID = [f"Word{number} <b>said</b> this & that, word{number}!" for number in range(12)]
Result = TypeVar("Result")


@pytest.fixture(autouse=True)
def _reads_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here nobody needs time to read."""
    monkeypatch.setattr(moderation, "READ_FOR", 0.0)


@pytest.fixture
async def bot(lookalike: Lookalike, url: str, way: Way) -> AsyncIterator[Running]:
    """One whose operator names person 7."""
    async with running(lookalike, url, way, coordinator_ids=frozenset({NAMED})) as made:
        yield made


@pytest.fixture
async def code(bot: Running) -> str:
    """The campaign of person 7's organisation, of which twelve comments can be read."""
    made = await beside(bot, lambda tx: open_campaign(tx, WILLOW))
    await commented(bot, made, SAID)
    return made


async def in_database(bot: Running, act: Callable[[Database], Result]) -> Result:
    """Done to the running bot's database, as by somebody beside it."""

    def done() -> Result:
        database = open_existing(bot.way.address, bot.way.settings.get("secret_key"))
        try:
            return act(database)
        finally:
            database.close()

    await bot.took_in()
    return await asyncio.to_thread(done)


async def commented(bot: Running, code: str, said: list[str], first: int = 1000) -> None:
    """So many people answer, say this, and it is released."""
    await in_database(bot, lambda database: speak(database, code, said, first))


def speak(database: Database, code: str, said: list[str], first: int = 1000) -> None:
    for person, words in enumerate(said, first):
        run = Run("", "connection_test", 1, "en", campaign=code)
        with database.transaction() as tx:
            seal(tx, database.cipher, run, person, {"informed": "1", "informed_why": words}, f"of {person}")
    assert release_due(database, K)


async def taken_back(bot: Running, person: int) -> None:
    def act(database: Database) -> None:
        with database.transaction() as tx:
            assert withdraw(tx, database.cipher, person, f"of {person}")

    await in_database(bot, act)


async def begins(phone: Phone) -> Message:
    """From the menu to the first comment."""
    return await does(phone, "/coordinator", "The <Willow>", READ)


async def changes(phone: Phone, label: str) -> Message:
    """Presses a button that changes its message; gives it as it is then."""
    message = phone.asking
    versions = len(phone.versions[message.id])
    press(phone, message, label)
    await phone.until(lambda: len(phone.versions[message.id]) > versions)
    return phone.versions[message.id][-1]


def words_of(message: Message) -> str:
    return message.text.partition("“")[2].rpartition("”")[0]


def states(bot: Running) -> dict[str, int]:
    return dict(bot.rows("select state, count(*) from comments group by state"))


def acts(bot: Running) -> list[tuple[object, ...]]:
    return bot.rows("select chat, act from audit order by id")


@pytest.mark.ways("sqlite", "postgresql")
async def test_each_new_comment_comes_once_with_how_many_are_left(bot: Running, phone: Phone, code: str) -> None:
    asked = await begins(phone)
    assert asked.buttons == [APPROVE, WITHHOLD, HIDE, LATER, BACK]
    met = []
    for left in range(12, 0, -1):
        assert asked.text.startswith(f"{left} to read." if left > 1 else "One to read.")
        assert "\n\nKnowing, in your words\n\n“" in asked.text
        met.append(words_of(asked))
        before = asked
        asked = await does(phone, [APPROVE, WITHHOLD, LATER][left % 3])
        await bot.said_all()
        told = phone.versions[before.id][-1]
        assert told.buttons == []
        assert words_of(told) == met[-1]
        said = ["✓ Approved. Everybody may read it.", "✓ Withheld. Nobody gets it.", "”"][left % 3]
        assert told.text.endswith(said)
        assert (UNDO in asked.buttons) is (left % 3 != 2)
    assert sorted(met) == sorted(SAID)
    assert states(bot) == {"approved": 4, "withheld": 4, "new": 4}
    assert "That was all. 4 are left for later." in asked.text
    assert asked.buttons == [
        UNDO,
        "Read those not read yet (4)",
        "See those approved (4)",
        "See those withheld (4)",
        BACK,
    ]
    assert (await does(phone, "Read those not read yet (4)")).text.startswith("4 to read.")
    noted = [act for _, act in acts(bot)]
    assert noted == ["read", *["approved", "withheld"] * 4][:1] + [
        {0: "approved", 1: "withheld"}[left % 3] for left in range(12, 0, -1) if left % 3 != 2
    ]
    assert not [line for line in bot.log if "Word" in str(line) or code in str(line)]


async def test_the_last_decision_can_be_undone_and_any_other_later(bot: Running, phone: Phone, code: str) -> None:
    first = words_of(await begins(phone))
    second = words_of(await does(phone, APPROVE))
    again = await does(phone, UNDO)
    assert again.text.startswith("Undone. Here it is again.\n\n12 to read.")
    assert (words_of(again), states(bot)) == (first, {"new": 12})
    assert words_of(await does(phone, WITHHOLD)) == second
    for _ in range(11):
        await does(phone, APPROVE)
    assert "That was all of them." in phone.shown.text
    held = await does(phone, "See those withheld (1)")
    assert held.text.startswith("Withheld. The last one.")
    assert (words_of(held), held.buttons) == (first, [APPROVE, RENEW, HIDE, NEXT, BACK])
    end = await does(phone, APPROVE)
    assert (end.text, states(bot)) == (
        "That was all that is withheld.\n\nYou can change your mind at any time.",
        {"approved": 12},
    )
    assert words_of(await does(phone, UNDO)) == first
    assert states(bot) == {"approved": 11, "withheld": 1}, "as it was before, and not new"
    await does(phone, RENEW)
    assert "See those approved (11)" in phone.buttons()
    shown = await does(phone, "See those approved (11)")
    assert shown.text.startswith("Approved. 11 to look at.")
    assert shown.buttons == [WITHHOLD, RENEW, HIDE, NEXT, BACK]
    assert words_of(await does(phone, NEXT)) != words_of(shown)
    assert states(bot) == {"approved": 11, "new": 1}
    assert code in str(data_of(phone.asking.keyboard[-1]))


@pytest.mark.ways("sqlite", "postgresql")
async def test_a_word_is_hidden_wherever_it_stands_and_shown_again(bot: Running, phone: Phone, code: str) -> None:
    asked = await begins(phone)
    words = words_of(asked)
    name = words.split()[0]
    offered = await changes(phone, HIDE)
    assert offered.id == asked.id
    assert words_of(offered) == words
    assert offered.buttons == [name, "b>said</b", "this", "that", DONE]
    rows = offered.raw["reply_markup"]["inline_keyboard"]
    assert len(rows[0]) > 1, "several words a row"
    hidden = await changes(phone, name)
    assert words_of(hidden) == "[hidden] <b>said</b> this & that, [hidden]!"
    assert hidden.buttons == [f"✓ {name}", *offered.buttons[1:-1], BARE, DONE]
    await changes(phone, "this")
    await changes(phone, f"✓ {name}")
    assert words_of(phone.asking) == words.replace("this", "[hidden]")
    done = await changes(phone, DONE)
    assert (words_of(done), done.buttons) == (words.replace("this", "[hidden]"), asked.buttons)
    assert len(phone.heard) == 3, "the menu, the page, the comment: nothing new came"
    await changes(phone, HIDE)
    assert words_of(await changes(phone, BARE)) == words
    assert BARE not in phone.buttons()
    assert [act for _, act in acts(bot)] == ["read", "hid", "hid", "showed", "showed"]
    await changes(phone, "that")
    await changes(phone, DONE)
    await does(phone, APPROVE)
    page = await page_of(bot, phone, code)
    assert words.replace("that", "[hidden]").replace(" ", "") in page


async def page_of(bot: Running, phone: Phone, code: str) -> str:
    """What the group's page says now, without spaces."""
    phone.type(f"/start r-{key_of(bot, code)}")
    await phone.until(lambda: PRINT in phone.buttons())
    page = await does(phone, PRINT)
    return text_of(file_of(phone.lookalike, page))


async def test_what_is_approved_and_withheld_is_on_everybody_s_page_at_once(
    bot: Running, phone: Phone, code: str
) -> None:
    assert "Word" not in await page_of(bot, phone, code)
    words = words_of(await begins(phone))
    await does(phone, APPROVE)
    assert words.replace(" ", "") in await page_of(bot, phone, code)
    await does(phone, "/coordinator", "The <Willow>", READ)
    await does(phone, *[LATER] * 11)
    await does(phone, "See those approved (1)", WITHHOLD)
    assert "Word" not in await page_of(bot, phone, code)


async def test_the_longest_comment_and_the_most_words_fit(bot: Running, phone: Phone) -> None:
    code = await beside(bot, lambda tx: open_campaign(tx, WILLOW))
    signs = [chr(0x4E00 + number) for number in range(LONGEST // 2)]
    await commented(bot, code, [*["<" * LONGEST] * 6, *[" ".join(signs)] * 6])
    asked = await begins(phone)
    for _ in range(12):
        if "<" not in asked.text:
            break
        assert words_of(asked) == "<" * LONGEST
        offered = await changes(phone, HIDE)
        assert offered.buttons == [DONE], "there are only signs"
        await changes(phone, DONE)
        asked = await does(phone, APPROVE)
    met = []
    offered = await changes(phone, HIDE)
    while True:
        assert len(offered.buttons) <= 100
        assert max(len(button["callback_data"].encode()) for button in offered.keyboard) <= MOST_BYTES
        page = [label for label in offered.buttons if len(label) == 1]
        met += page
        if "More words ›" not in offered.buttons:
            break
        offered = await changes(phone, "More words ›")
    assert met == signs
    assert "‹ Words before" in (await changes(phone, met[-1])).buttons, "still the last page"
    assert met[-2] in (await changes(phone, f"✓ {met[-1]}")).buttons
    bot.change("update comments set hidden = ?", f"{list(range(350))}")
    assert words_of(await changes(phone, DONE)) == " ".join(["[hidden]"] * 350)


@pytest.mark.usefixtures("code")
async def test_one_that_was_taken_back_meanwhile_is_gone_and_the_next_one_comes(bot: Running, phone: Phone) -> None:
    asked = await begins(phone)
    await taken_back(bot, 1000 + SAID.index(words_of(asked)))
    nxt = await does(phone, APPROVE)
    assert nxt.text.startswith("That comment is gone: whoever wrote it took it back.\n\n11 to read.")
    assert states(bot) == {"new": 11}
    await taken_back(bot, 1000 + SAID.index(words_of(nxt)))
    assert (await changes(phone, HIDE)).buttons == ["Read on", BACK]
    assert (await does(phone, "Read on")).text.startswith("10 to read.")
    assert [act for _, act in acts(bot)] == ["read"]
    await changes(phone, HIDE)
    await taken_back(bot, 1000 + SAID.index(words_of(phone.asking)))
    assert (await does(phone, "this")).text.startswith("That comment is gone")


async def test_between_the_turn_and_what_is_said_it_may_go_too(bot: Running, phone: Phone, code: str) -> None:
    [(one,)] = bot.rows("select min(id) from comments")
    for data in (f"words.{code}-{'0' * 32}-n", f"chosen.{code}-{'f' * 32}-n", f"words.{code}--n"):
        asked = await begins(phone)
        phone.act()
        phone.lookalike.taps(phone.chat_id, asked.id, f".0..{data}")
        await bot.said_all()
        assert phone.versions[asked.id][-1].text == "That comment is gone: whoever wrote it took it back."
        assert phone.versions[asked.id][-1].buttons == ["Read on", BACK]
    assert at_of(value_at(At(code, "new", str(one)))) == At(code, "new", str(one))


async def test_of_two_who_read_at_once_the_later_word_holds(bot: Running, phone: Phone, lookalike: Lookalike) -> None:
    code = await beside(bot, lambda tx: open_campaign(tx, WILLOW))
    await commented(bot, code, SAID)
    colleague = Phone(lookalike, COLLEAGUE)
    await does(colleague, f"/start {await invited(phone)}")
    mine, theirs = await begins(phone), await begins(colleague)
    assert words_of(mine) == words_of(theirs)
    press(phone, mine, APPROVE)
    press(colleague, theirs, WITHHOLD)
    await bot.said_all()
    assert words_of(phone.shown) == words_of(colleague.shown) != words_of(mine)
    judged = [act for _, act in acts(bot) if act in {"approved", "withheld"}]
    assert sorted(judged) == ["approved", "withheld"]
    assert states(bot) == {judged[-1]: 1, "new": 11}


@pytest.mark.usefixtures("code")
async def test_who_taps_twice_gets_the_next_comment_once_and_is_never_stuck(bot: Running, phone: Phone) -> None:
    asked = await begins(phone)
    heard = len(phone.heard)
    press(phone, asked, APPROVE)
    press(phone, asked, APPROVE)
    await bot.said_all()
    assert len(phone.heard) == heard + 1
    told = phone.versions[asked.id][-1]
    assert (told.text.endswith("✓ Approved. Everybody may read it."), told.buttons) == (True, ["Read on"])
    following = phone.shown
    phone.tap_on(told, "Read on")
    assert words_of(await phone.hears()) == words_of(following)


async def test_before_there_are_any_and_after_all_were_read_it_says_so(bot: Running, phone: Phone) -> None:
    code = await beside(bot, lambda tx: open_campaign(tx, WILLOW))
    await commented(bot, code, [*SAID[:3], *[""] * 9])
    end = await begins(phone)
    assert end.text == "There are no comments to read yet. On each question they come once 10 people have written one."
    assert end.buttons == [BACK]
    assert READ in (await does(phone, BACK)).buttons


@pytest.mark.ways("sqlite", "postgresql")
async def test_to_whom_the_campaign_is_not_none_of_its_buttons_exists(
    bot: Running, phone: Phone, lookalike: Lookalike, code: str
) -> None:
    """A stranger, and a coordinator of another organisation, with every button that person 7 has or could have."""
    asked = await begins(phone)
    stranger, other = Phone(lookalike, 71), Phone(lookalike, 72)
    await does(other, f"/start {await invited(phone, 'Another group: campaigns of its own')}")
    await does(stranger, "/start", "/delete")
    [(one,)] = bot.rows("select min(id) from comments")
    seen = [str(button["callback_data"]) for button in asked.keyboard]
    made = [
        f".0..{act}.{value}"
        for act in sorted(ACTS)
        for value in (code, f"{code}-{one}-n1", f"{code}--w", "general", "")
    ]
    for data in [*seen, *made]:
        for phone_of in (stranger, other):
            assert await alert_of(phone_of, data) == OLD, data
    await bot.said_all()
    assert (states(bot), bot.rows("select distinct hidden from comments")) == ({"new": 12}, [("[]",)])
    assert {act for chat, act in acts(bot) if chat in {71, 72}} == {"joined"}


@pytest.mark.parametrize("act", sorted(ACTS - {BEGIN}))
async def test_whoever_guesses_as_a_coordinator_of_the_campaign_changes_nothing_and_breaks_nothing(
    bot: Running, phone: Phone, code: str, act: str
) -> None:
    asked = await begins(phone)
    [(one,)] = bot.rows("select min(id) from comments")
    for value in ("", code, f"{code}-{one}", f"{code}-{one}-x", f"{code}-{one}-n9999", f"{code}-{one[:-1]}-n", "'"):
        assert await alert_of(phone, f".0..{act}.{value}") == OLD, value
    if act not in {"words", "chosen", "next"}:
        phone.act()
        phone.lookalike.taps(phone.chat_id, asked.id, f".0..{act}.{code}-{'0' * 32}-n")
        assert (await phone.hears()).text.startswith("That comment is gone")
    assert (states(bot), bot.rows("select distinct hidden from comments")) == ({"new": 12}, [("[]",)])
    assert acts(bot) == [(NAMED, "read")]


async def test_who_is_none_any_more_reads_on_nowhere(bot: Running, phone: Phone, lookalike: Lookalike) -> None:
    code = await beside(bot, lambda tx: open_campaign(tx, WILLOW))
    await commented(bot, code, SAID)
    colleague = Phone(lookalike, COLLEAGUE)
    await does(colleague, f"/start {await invited(phone)}")
    asked = await begins(colleague)
    bot.change("delete from coordinators")
    for button in asked.keyboard:
        assert await alert_of(colleague, str(button["callback_data"])) == OLD
    assert states(bot) == {"new": 12}


def test_what_a_turn_leaves_to_be_said_holds_no_words(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/bot.db")
    with database.transaction() as tx:
        home(tx)
        code = open_campaign(tx, WILLOW)
    speak(database, code, SAID)
    with opened(database, code, K) as campaign:
        ids = [one.id for one in campaign.comments()]
    taps = [Tapped("", 0, "", BEGIN, code)]
    taps += [Tapped("", 0, "", act, value_at(At(code, "new", ids[0], 1))) for act in sorted(ACTS - {BEGIN})]
    for number, reply in enumerate(taps):
        take_turn(database, Incoming(number, NAMED, reply, named=True), reply, datetime.now(UTC))
        due = next_due(database, NAMED)
        assert due
        assert due.saying.events
        assert "said" not in repr(due.saying)
        strike_off(database, due, None, None)
    database.close()


async def test_it_says_so_where_they_can_not_be_shown(bot: Running, phone: Phone, code: str) -> None:
    bot.allow("results can't be shown")
    await begins(phone)
    bot.change("update campaigns set flow = 'gone' where code = ?", code)
    told = await does(phone, LATER)
    assert told.text.startswith("Sorry")
    assert told.buttons == [BACK]


async def test_mydata_says_what_was_done(bot: Running, phone: Phone, code: str, lookalike: Lookalike) -> None:
    await begins(phone)
    await changes(phone, HIDE)
    await changes(phone, "this")
    await changes(phone, DONE)
    await does(phone, APPROVE)
    _, file = await asks(bot, phone)
    text = read(lookalike, file)
    for line in ("you began to read the comments of", "you hid a word in a comment of", "you approved a comment of"):
        assert f"{line} {code}" in text
    assert "Word" not in text
