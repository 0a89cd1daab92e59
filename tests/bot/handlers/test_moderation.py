"""A coordinator reads comments one by one, approves or withholds them, hides words, and can change each decision."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.emulator import TelegramEmulator
from bot.handlers import moderation
from bot.handlers.moderation import MODERATION_ACTIONS
from bot.handlers.turn import take_turn
from bot.render.buttons import READ_COMMENTS_ACTION
from bot.telegram.updates import IncomingUpdate
from flows.callback_data import MAX_CALLBACK_DATA_BYTES
from flows.events.moderation import CommentPosition, encode_position, parse_position
from flows.models import Tap
from flows.schema import MAX_TEXT_LENGTH
from storage.anonymity.gateway import open_release_view
from storage.anonymity.withdrawal import withdraw_response
from storage.campaigns.coordinators import ensure_home_organisation
from storage.campaigns.repository import open_campaign
from storage.conversations.outbox import acknowledge, load_next_entry
from storage.db.database import Database, open_database
from tests.support.campaign_results import get_results_code
from tests.support.campaigns import run_in_transaction
from tests.support.comment_moderation import (
    APPROVE_LABEL,
    BACK_LABEL,
    LATER_LABEL,
    NEXT_LABEL,
    READ_COMMENTS_LABEL,
    REDACT_LABEL,
    RELEASE_SIZE,
    SAMPLE_COMMENTS,
    UNDO_LABEL,
    WILLOW_PLAN,
    WITHHOLD_LABEL,
    add_released_comments,
    count_comment_states,
    extract_quoted_text,
    open_first_comment,
    run_on_database,
    seal_and_release_comments,
    tap_and_wait_for_edit,
)
from tests.support.coordinator_chat import (
    COLLEAGUE_ID,
    COORDINATOR_ID,
    OUTDATED_BUTTON_TEXT,
    invite_in_chat,
    perform,
    tap_forged_button,
)
from tests.support.graphics_samples import extract_pdf_text
from tests.support.personal_data import read_data_file, request_personal_data
from tests.support.phone import Phone
from tests.support.result_chat import PRINT_PAGE_LABEL, get_file_content
from tests.support.running_bot import RunningBot
from tests.support.walkers import parse_callback_data, tap_last_button

RESET_LABEL, DONE_LABEL, SHOW_WORDS_LABEL = "Decide later: as if not read yet", "Done", "Show hidden words again"


@pytest.fixture
def coordinator_ids() -> frozenset[int]:
    return frozenset({COORDINATOR_ID})


@pytest.fixture(autouse=True)
def _no_reading_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Allows a decision at once."""
    monkeypatch.setattr(moderation, "MIN_READING_SECONDS", 0.0)


async def withdraw_by_receipt(bot: RunningBot, person: int) -> None:
    def action(database: Database) -> None:
        with database.transaction() as session:
            assert withdraw_response(session, person, f"of {person}")

    await run_on_database(bot, action)


def audit_entries(bot: RunningBot) -> list[tuple[object, ...]]:
    return bot.fetch_rows("select chat_id, action from audit_log order by id")


@pytest.mark.deployments("sqlite", "postgresql")
async def test_each_new_comment_is_shown_once_with_the_number_remaining(
    bot: RunningBot, phone: Phone, commented_campaign: str
) -> None:
    comment = await open_first_comment(phone)
    assert comment.buttons == [APPROVE_LABEL, WITHHOLD_LABEL, REDACT_LABEL, LATER_LABEL, BACK_LABEL]
    found = []
    for remaining in range(12, 0, -1):
        assert comment.text.startswith(f"{remaining} to read." if remaining > 1 else "One to read.")
        assert "\n\nKnowing, in your words\n\n“" in comment.text
        found.append(extract_quoted_text(comment))
        before = comment
        comment = await perform(phone, [APPROVE_LABEL, WITHHOLD_LABEL, LATER_LABEL][remaining % 3])
        await bot.wait_for_delivery()
        decided = phone.versions[before.id][-1]
        assert decided.buttons == []
        assert extract_quoted_text(decided) == found[-1]
        expected = ["✓ Approved. Everybody may read it.", "✓ Withheld. Nobody gets it.", "”"][remaining % 3]
        assert decided.text.endswith(expected)
        assert (UNDO_LABEL in comment.buttons) is (remaining % 3 != 2)
    assert sorted(found) == sorted(SAMPLE_COMMENTS)
    assert count_comment_states(bot) == {"approved": 4, "withheld": 4, "new": 4}
    assert "That was all. 4 are left for later." in comment.text
    assert comment.buttons == [
        UNDO_LABEL,
        "Read those not read yet (4)",
        "See those approved (4)",
        "See those withheld (4)",
        BACK_LABEL,
    ]
    assert (await perform(phone, "Read those not read yet (4)")).text.startswith("4 to read.")
    actions = [action for _, action in audit_entries(bot)]
    assert actions == ["read", *["approved", "withheld"] * 4][:1] + [
        {0: "approved", 1: "withheld"}[remaining % 3] for remaining in range(12, 0, -1) if remaining % 3 != 2
    ]
    assert not [line for line in bot.log_lines if "Word" in str(line) or commented_campaign in str(line)]


async def test_the_last_decision_can_be_undone_and_earlier_ones_changed(
    bot: RunningBot, phone: Phone, commented_campaign: str
) -> None:
    first = extract_quoted_text(await open_first_comment(phone))
    second = extract_quoted_text(await perform(phone, APPROVE_LABEL))
    again = await perform(phone, UNDO_LABEL)
    assert again.text.startswith("Undone. Here it is again.\n\n12 to read.")
    assert (extract_quoted_text(again), count_comment_states(bot)) == (first, {"new": 12})
    assert extract_quoted_text(await perform(phone, WITHHOLD_LABEL)) == second
    for _ in range(11):
        await perform(phone, APPROVE_LABEL)
    assert "That was all of them." in phone.latest_bot_message.text
    withheld = await perform(phone, "See those withheld (1)")
    assert withheld.text.startswith("Withheld. The last one.")
    assert (extract_quoted_text(withheld), withheld.buttons) == (
        first,
        [APPROVE_LABEL, RESET_LABEL, REDACT_LABEL, NEXT_LABEL, BACK_LABEL],
    )
    end = await perform(phone, APPROVE_LABEL)
    assert (end.text, count_comment_states(bot)) == (
        "That was all that is withheld.\n\nYou can change your mind at any time.",
        {"approved": 12},
    )
    assert extract_quoted_text(await perform(phone, UNDO_LABEL)) == first
    assert count_comment_states(bot) == {"approved": 11, "withheld": 1}, (
        "the earlier state is restored, not reset to new"
    )
    await perform(phone, RESET_LABEL)
    assert "See those approved (11)" in phone.current_buttons()
    shown = await perform(phone, "See those approved (11)")
    assert shown.text.startswith("Approved. 11 to look at.")
    assert shown.buttons == [WITHHOLD_LABEL, RESET_LABEL, REDACT_LABEL, NEXT_LABEL, BACK_LABEL]
    assert extract_quoted_text(await perform(phone, NEXT_LABEL)) != extract_quoted_text(shown)
    assert count_comment_states(bot) == {"approved": 11, "new": 1}
    assert commented_campaign in str(parse_callback_data(phone.latest_prompt.keyboard[-1]))


@pytest.mark.deployments("sqlite", "postgresql")
async def test_a_hidden_word_is_hidden_at_each_occurrence_until_shown_again(
    bot: RunningBot, phone: Phone, commented_campaign: str
) -> None:
    comment = await open_first_comment(phone)
    words = extract_quoted_text(comment)
    name = words.split()[0]
    offered = await tap_and_wait_for_edit(phone, REDACT_LABEL)
    assert offered.id == comment.id
    assert extract_quoted_text(offered) == words
    assert offered.buttons == [name, "b>said</b", "this", "that", DONE_LABEL]
    rows = offered.raw["reply_markup"]["inline_keyboard"]
    assert len(rows[0]) > 1, "several words share a row"
    hidden = await tap_and_wait_for_edit(phone, name)
    assert extract_quoted_text(hidden) == "[hidden] <b>said</b> this & that, [hidden]!"
    assert hidden.buttons == [f"✓ {name}", *offered.buttons[1:-1], SHOW_WORDS_LABEL, DONE_LABEL]
    await tap_and_wait_for_edit(phone, "this")
    await tap_and_wait_for_edit(phone, f"✓ {name}")
    assert extract_quoted_text(phone.latest_prompt) == words.replace("this", "[hidden]")
    done = await tap_and_wait_for_edit(phone, DONE_LABEL)
    assert (extract_quoted_text(done), done.buttons) == (words.replace("this", "[hidden]"), comment.buttons)
    assert len(phone.received_ids) == 3, "menu, page and comment: no new message"
    await tap_and_wait_for_edit(phone, REDACT_LABEL)
    assert extract_quoted_text(await tap_and_wait_for_edit(phone, SHOW_WORDS_LABEL)) == words
    assert SHOW_WORDS_LABEL not in phone.current_buttons()
    assert [action for _, action in audit_entries(bot)] == ["read", "redacted", "redacted", "restored", "restored"]
    await tap_and_wait_for_edit(phone, "that")
    await tap_and_wait_for_edit(phone, DONE_LABEL)
    await perform(phone, APPROVE_LABEL)
    page = await fetch_page_text(bot, phone, commented_campaign)
    assert words.replace("that", "[hidden]").replace(" ", "") in page


async def fetch_page_text(bot: RunningBot, phone: Phone, code: str) -> str:
    """The text of the group's results page, without spaces."""
    phone.type_text(f"/start r-{get_results_code(bot, code)}")
    await phone.wait_until(lambda: PRINT_PAGE_LABEL in phone.current_buttons())
    page = await perform(phone, PRINT_PAGE_LABEL)
    return extract_pdf_text(get_file_content(phone.emulator, page))


async def test_decisions_appear_on_the_results_page_at_once(
    bot: RunningBot, phone: Phone, commented_campaign: str
) -> None:
    assert "Word" not in await fetch_page_text(bot, phone, commented_campaign)
    words = extract_quoted_text(await open_first_comment(phone))
    await perform(phone, APPROVE_LABEL)
    assert words.replace(" ", "") in await fetch_page_text(bot, phone, commented_campaign)
    await perform(phone, "/coordinator", "The <Willow>", READ_COMMENTS_LABEL)
    await perform(phone, *[LATER_LABEL] * 11)
    await perform(phone, "See those approved (1)", WITHHOLD_LABEL)
    assert "Word" not in await fetch_page_text(bot, phone, commented_campaign)


async def test_the_longest_comment_and_the_largest_number_of_words_fit(bot: RunningBot, phone: Phone) -> None:
    code = await run_in_transaction(bot, lambda session: open_campaign(session, WILLOW_PLAN))
    signs = [chr(0x4E00 + number) for number in range(MAX_TEXT_LENGTH // 2)]
    await add_released_comments(bot, code, [*["<" * MAX_TEXT_LENGTH] * 6, *[" ".join(signs)] * 6])
    comment = await open_first_comment(phone)
    for _ in range(12):
        if "<" not in comment.text:
            break
        assert extract_quoted_text(comment) == "<" * MAX_TEXT_LENGTH
        offered = await tap_and_wait_for_edit(phone, REDACT_LABEL)
        assert offered.buttons == [DONE_LABEL], "there are no words, only signs"
        await tap_and_wait_for_edit(phone, DONE_LABEL)
        comment = await perform(phone, APPROVE_LABEL)
    found = []
    offered = await tap_and_wait_for_edit(phone, REDACT_LABEL)
    while True:
        assert len(offered.buttons) <= 100
        assert max(len(button["callback_data"].encode()) for button in offered.keyboard) <= MAX_CALLBACK_DATA_BYTES
        page = [label for label in offered.buttons if len(label) == 1]
        found += page
        if "More words ›" not in offered.buttons:
            break
        offered = await tap_and_wait_for_edit(phone, "More words ›")
    assert found == signs
    assert "‹ Words before" in (await tap_and_wait_for_edit(phone, found[-1])).buttons, "the last page stays open"
    assert found[-2] in (await tap_and_wait_for_edit(phone, f"✓ {found[-1]}")).buttons
    bot.execute_sql("update comments set redacted_words = ?", f"{list(range(350))}")
    assert extract_quoted_text(await tap_and_wait_for_edit(phone, DONE_LABEL)) == " ".join(["[hidden]"] * 350)


@pytest.mark.usefixtures("commented_campaign")
async def test_a_comment_withdrawn_meanwhile_is_reported_and_the_next_one_shown(bot: RunningBot, phone: Phone) -> None:
    comment = await open_first_comment(phone)
    await withdraw_by_receipt(bot, 1000 + SAMPLE_COMMENTS.index(extract_quoted_text(comment)))
    next_comment = await perform(phone, APPROVE_LABEL)
    assert next_comment.text.startswith("That comment is gone: whoever wrote it took it back.\n\n11 to read.")
    assert count_comment_states(bot) == {"new": 11}
    await withdraw_by_receipt(bot, 1000 + SAMPLE_COMMENTS.index(extract_quoted_text(next_comment)))
    assert (await tap_and_wait_for_edit(phone, REDACT_LABEL)).buttons == ["Read on", BACK_LABEL]
    assert (await perform(phone, "Read on")).text.startswith("10 to read.")
    assert [action for _, action in audit_entries(bot)] == ["read"]
    await tap_and_wait_for_edit(phone, REDACT_LABEL)
    await withdraw_by_receipt(bot, 1000 + SAMPLE_COMMENTS.index(extract_quoted_text(phone.latest_prompt)))
    assert (await perform(phone, "this")).text.startswith("That comment is gone")


async def test_a_comment_missing_at_delivery_is_reported(
    bot: RunningBot, phone: Phone, commented_campaign: str
) -> None:
    [(one,)] = bot.fetch_rows("select min(id) from comments")
    for data in (
        f"words.{commented_campaign}-{'0' * 32}-n",
        f"chosen.{commented_campaign}-{'f' * 32}-n",
        f"words.{commented_campaign}--n",
    ):
        comment = await open_first_comment(phone)
        phone.skip_received()
        phone.emulator.tap_button(phone.chat_id, comment.id, f".0..{data}")
        await bot.wait_for_delivery()
        assert phone.versions[comment.id][-1].text == "That comment is gone: whoever wrote it took it back."
        assert phone.versions[comment.id][-1].buttons == ["Read on", BACK_LABEL]
    assert parse_position(encode_position(CommentPosition(commented_campaign, "new", str(one)))) == CommentPosition(
        commented_campaign, "new", str(one)
    )


async def test_of_two_coordinators_decisions_the_later_one_counts(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator
) -> None:
    code = await run_in_transaction(bot, lambda session: open_campaign(session, WILLOW_PLAN))
    await add_released_comments(bot, code, SAMPLE_COMMENTS)
    colleague = Phone(emulator, COLLEAGUE_ID)
    await perform(colleague, f"/start {await invite_in_chat(phone)}")
    mine, theirs = await open_first_comment(phone), await open_first_comment(colleague)
    assert extract_quoted_text(mine) == extract_quoted_text(theirs)
    tap_last_button(phone, mine, APPROVE_LABEL)
    tap_last_button(colleague, theirs, WITHHOLD_LABEL)
    await bot.wait_for_delivery()
    assert (
        extract_quoted_text(phone.latest_bot_message)
        == extract_quoted_text(colleague.latest_bot_message)
        != extract_quoted_text(mine)
    )
    decisions = [action for _, action in audit_entries(bot) if action in {"approved", "withheld"}]
    assert sorted(decisions) == ["approved", "withheld"]
    assert count_comment_states(bot) == {decisions[-1]: 1, "new": 11}


@pytest.mark.usefixtures("commented_campaign")
async def test_a_double_tap_shows_the_next_comment_once_and_offers_to_read_on(bot: RunningBot, phone: Phone) -> None:
    comment = await open_first_comment(phone)
    message_count = len(phone.received_ids)
    tap_last_button(phone, comment, APPROVE_LABEL)
    tap_last_button(phone, comment, APPROVE_LABEL)
    await bot.wait_for_delivery()
    assert len(phone.received_ids) == message_count + 1
    decided = phone.versions[comment.id][-1]
    assert (decided.text.endswith("✓ Approved. Everybody may read it."), decided.buttons) == (True, ["Read on"])
    following = phone.latest_bot_message
    phone.tap_in(decided, "Read on")
    assert extract_quoted_text(await phone.receive()) == extract_quoted_text(following)


async def test_too_few_comments_are_explained(bot: RunningBot, phone: Phone) -> None:
    code = await run_in_transaction(bot, lambda session: open_campaign(session, WILLOW_PLAN))
    await add_released_comments(bot, code, [*SAMPLE_COMMENTS[:3], *[""] * 9])
    end = await open_first_comment(phone)
    assert end.text == "There are no comments to read yet. On each question they come once 10 people have written one."
    assert end.buttons == [BACK_LABEL]
    assert READ_COMMENTS_LABEL in (await perform(phone, BACK_LABEL)).buttons


@pytest.mark.deployments("sqlite", "postgresql")
async def test_moderation_buttons_look_outdated_to_others(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator, commented_campaign: str
) -> None:
    """A stranger and a coordinator of another organisation try every button that coordinator 7 has or could have."""
    comment = await open_first_comment(phone)
    stranger, other = Phone(emulator, 71), Phone(emulator, 72)
    await perform(other, f"/start {await invite_in_chat(phone, 'Another group: campaigns of its own')}")
    await perform(stranger, "/start", "/delete")
    [(one,)] = bot.fetch_rows("select min(id) from comments")
    seen = [str(button["callback_data"]) for button in comment.keyboard]
    forged = [
        f".0..{action}.{value}"
        for action in sorted(MODERATION_ACTIONS)
        for value in (commented_campaign, f"{commented_campaign}-{one}-n1", f"{commented_campaign}--w", "general", "")
    ]
    for data in [*seen, *forged]:
        for tapping_phone in (stranger, other):
            assert await tap_forged_button(tapping_phone, data) == OUTDATED_BUTTON_TEXT, data
    await bot.wait_for_delivery()
    assert (count_comment_states(bot), bot.fetch_rows("select distinct redacted_words from comments")) == (
        {"new": 12},
        [("[]",)],
    )
    assert {action for chat, action in audit_entries(bot) if chat in {71, 72}} == {"joined"}


@pytest.mark.parametrize("action", sorted(MODERATION_ACTIONS - {READ_COMMENTS_ACTION}))
async def test_invalid_moderation_data_from_a_coordinator_changes_nothing(
    bot: RunningBot, phone: Phone, commented_campaign: str, action: str
) -> None:
    comment = await open_first_comment(phone)
    [(one,)] = bot.fetch_rows("select min(id) from comments")
    for value in (
        "",
        commented_campaign,
        f"{commented_campaign}-{one}",
        f"{commented_campaign}-{one}-x",
        f"{commented_campaign}-{one}-n9999",
        f"{commented_campaign}-{one[:-1]}-n",
        "'",
    ):
        assert await tap_forged_button(phone, f".0..{action}.{value}") == OUTDATED_BUTTON_TEXT, value
    if action not in {"words", "chosen", "next"}:
        phone.skip_received()
        phone.emulator.tap_button(phone.chat_id, comment.id, f".0..{action}.{commented_campaign}-{'0' * 32}-n")
        assert (await phone.receive()).text.startswith("That comment is gone")
    assert (count_comment_states(bot), bot.fetch_rows("select distinct redacted_words from comments")) == (
        {"new": 12},
        [("[]",)],
    )
    assert audit_entries(bot) == [(COORDINATOR_ID, "read")]


async def test_a_removed_coordinator_can_no_longer_moderate(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator
) -> None:
    code = await run_in_transaction(bot, lambda session: open_campaign(session, WILLOW_PLAN))
    await add_released_comments(bot, code, SAMPLE_COMMENTS)
    colleague = Phone(emulator, COLLEAGUE_ID)
    await perform(colleague, f"/start {await invite_in_chat(phone)}")
    comment = await open_first_comment(colleague)
    bot.execute_sql("delete from coordinators")
    for button in comment.keyboard:
        assert await tap_forged_button(colleague, str(button["callback_data"])) == OUTDATED_BUTTON_TEXT
    assert count_comment_states(bot) == {"new": 12}


def test_outbox_entries_of_moderation_contain_no_comment(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/bot.db")
    with database.transaction() as session:
        ensure_home_organisation(session)
        code = open_campaign(session, WILLOW_PLAN)
    seal_and_release_comments(database, code, SAMPLE_COMMENTS)
    with open_release_view(database, code, RELEASE_SIZE) as campaign:
        ids = [one.id for one in campaign.iter_comments()]
    taps = [Tap("", 0, "", READ_COMMENTS_ACTION, code)]
    taps += [
        Tap("", 0, "", action, encode_position(CommentPosition(code, "new", ids[0], 1)))
        for action in sorted(MODERATION_ACTIONS - {READ_COMMENTS_ACTION})
    ]
    for number, reply in enumerate(taps):
        take_turn(database, IncomingUpdate(number, COORDINATOR_ID, reply, is_configured=True), reply, datetime.now(UTC))
        due = load_next_entry(database, COORDINATOR_ID)
        assert due
        assert due.content.events
        assert "said" not in repr(due.content)
        acknowledge(database, due, None, None)
    database.close()


async def test_comments_that_cannot_be_shown_are_explained(
    bot: RunningBot, phone: Phone, commented_campaign: str
) -> None:
    bot.allow_events("results cannot be shown")
    await open_first_comment(phone)
    bot.execute_sql("update campaigns set flow = 'gone' where code = ?", commented_campaign)
    decided = await perform(phone, LATER_LABEL)
    assert decided.text.startswith("Sorry")
    assert decided.buttons == [BACK_LABEL]


async def test_mydata_lists_a_coordinator_s_moderation(
    bot: RunningBot, phone: Phone, commented_campaign: str, emulator: TelegramEmulator
) -> None:
    await open_first_comment(phone)
    await tap_and_wait_for_edit(phone, REDACT_LABEL)
    await tap_and_wait_for_edit(phone, "this")
    await tap_and_wait_for_edit(phone, DONE_LABEL)
    await perform(phone, APPROVE_LABEL)
    _, file = await request_personal_data(bot, phone)
    text = read_data_file(emulator, file)
    for line in ("you began to read the comments of", "you hid a word in a comment of", "you approved a comment of"):
        assert f"{line} {commented_campaign}" in text
    assert "Word" not in text
