"""The commands on coordinators: who is one, what they did, taken out, invitations ended; a campaign handed over."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.settings import Settings
from storage.access import campaign_of
from storage.campaigns.coordinators import (
    HOME,
    ITSELF,
    Coordinator,
    accept,
    acts_of,
    all_acts,
    find_coordinator,
    invite,
)
from storage.campaigns.repository import Plan, open_campaign
from storage.db.database import Database
from storage.retention import close_noted
from tests.support.bot_process import run
from tests.support.cli import as_environment, bot_on
from tests.support.raw_sql import rows

NAMED, INVITED, OTHER = 5_000_000_001, 5_000_000_002, 5_000_000_003


async def command(folder: Path, settings: Settings, *arguments: str) -> tuple[int, str, str]:
    ended = await run(folder, *arguments, **as_environment(settings), COORDINATOR_IDS=str(NAMED))
    return ended.code, ended.out, ended.err


def joined(database: Database, chat: int, *, colleague: bool) -> str:
    """Makes somebody a coordinator by an invitation; their organisation."""
    now = datetime.now(UTC)
    with database.transaction() as tx:
        token = invite(tx, database.cipher, named(), now, colleague=colleague)
        assert accept(tx, database.cipher, token, chat, now)
        found = find_coordinator(tx, chat, named=False)
    assert found
    return found.organisation


def named() -> Coordinator:
    return Coordinator(NAMED, HOME, named=True)


async def test_who_is_one_is_listed_and_who_came_by_an_invitation_is_taken_out(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    joined(database, INVITED, colleague=True)
    other = joined(database, OTHER, colleague=False)
    listed = (await command(tmp_path, settings, "coordinators", "list"))[1].splitlines()
    day = all_acts(database)[-1].at.strftime("%Y-%m-%d")
    invited = [[str(INVITED), "home"], [str(OTHER), other]]
    assert [line.split()[: 7 if "invitation" in line else 3] for line in listed[1:]] == [
        [str(NAMED), "home", "COORDINATOR_IDS"],
        *([*one, "an", "invitation", "of", str(NAMED), day] for one in sorted(invited, key=lambda one: one[1])),
    ]
    taken_out = await command(tmp_path, settings, "coordinators", "remove", str(INVITED))
    assert taken_out == (0, f"{INVITED} is no coordinator any more. Their organisation's campaigns stay.\n", "")
    with database.transaction() as tx:
        assert find_coordinator(tx, INVITED, named=False) is None
        assert find_coordinator(tx, OTHER, named=False) == Coordinator(OTHER, other)
    assert [(one.chat, one.name, one.whom) for one in all_acts(database)][-1] == (0, "taken_out", INVITED)
    with database.transaction() as tx:
        assert [one.name for one in acts_of(tx, INVITED)] == ["joined", "taken_out"], "it is told to whom it was done"
        assert [one.name for one in acts_of(tx, OTHER)] == ["joined"]


async def test_who_is_taken_out_does_not_come_back_by_another_invitation(
    on_file: Settings, database_on_file: Database, tmp_path: Path
) -> None:
    joined(database_on_file, INVITED, colleague=True)
    now = datetime.now(UTC)
    with database_on_file.transaction() as tx:
        kept, elsewhere = (
            invite(tx, database_on_file.cipher, named(), now, colleague=colleague) for colleague in (True, False)
        )
    _, out, _ = await command(tmp_path, on_file, "coordinators", "remove", str(INVITED))
    assert out.splitlines()[1:] == ["1 open invitation to that organisation ended too, or they could come back by one."]
    with database_on_file.transaction() as tx:
        assert not accept(tx, database_on_file.cipher, kept, INVITED, now)
        assert accept(tx, database_on_file.cipher, elsewhere, OTHER, now), "other organisations' stay"


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (str(2**52), f"{2**52} is no coordinator: `coordinators list` shows who is."),
        (str(NAMED), f"{NAMED} is named in COORDINATOR_IDS: take the number out there, and restart the bot."),
        ("77", "77 is no coordinator: `coordinators list` shows who is."),
    ],
)
async def test_who_can_not_be_taken_out_is_said_with_the_fix(
    on_file: Settings, database_on_file: Database, tmp_path: Path, number: str, said: str
) -> None:
    joined(database_on_file, INVITED, colleague=True)
    before = all_acts(database_on_file)
    ended = await command(tmp_path, on_file, "coordinators", "remove", number)
    assert ended == (1, "", f"Could not: {said}\n")
    assert all_acts(database_on_file) == before
    assert rows(database_on_file, "select chat from coordinators") == [(INVITED,)]


async def test_invitations_that_nobody_followed_are_ended(
    on_file: Settings, database_on_file: Database, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    with database_on_file.transaction() as tx:
        token = invite(tx, database_on_file.cipher, named(), now, colleague=True)
    ended = await command(tmp_path, on_file, "coordinators", "revoke")
    assert ended == (0, "1 invitation ended. Whoever follows one now hears that it is over.\n", "")
    with database_on_file.transaction() as tx:
        assert not accept(tx, database_on_file.cipher, token, INVITED, now)


async def test_what_was_done_is_shown_without_answers(
    on_file: Settings, database_on_file: Database, tmp_path: Path
) -> None:
    joined(database_on_file, INVITED, colleague=True)
    _, out, _ = await command(tmp_path, on_file, "campaign", "create", "--about", "Oak", "--asker", "Us")
    code = out.partition(":")[0]
    _, out, _ = await command(tmp_path, on_file, "coordinators", "acts")
    assert [line.split()[2:] for line in out.splitlines()[1:]] == [
        [str(NAMED), "invited"],
        [str(INVITED), "joined"],
        ["command", "line", "opened", code],
    ]
    await command(tmp_path, on_file, "campaign", "hand-over", code, str(INVITED))
    with database_on_file.transaction() as tx:
        close_noted(tx, ITSELF, code)
    await command(tmp_path, on_file, "coordinators", "remove", str(INVITED))
    _, out, _ = await command(tmp_path, on_file, "coordinators", "acts")
    assert [line.split()[2:] for line in out.splitlines()[4:]] == [
        ["command", "line", "handed_over", str(INVITED), code],
        ["the", "bot", "closed", code],
        ["command", "line", "taken_out", str(INVITED)],
    ]


async def test_a_number_that_is_nobodys_is_wrong_use(on_file: Settings, tmp_path: Path) -> None:
    done, out, err = await command(tmp_path, on_file, "coordinators", "remove", "9999999999999999999")
    assert (done, out, "less than or equal to" in err, "Traceback" in err) == (2, "", True, False)


async def test_a_link_of_the_command_line_leads_into_a_new_organisation_or_one_that_is_there(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    async with bot_on(settings):
        made = await command(tmp_path, settings, "coordinators", "invite")
        organisation, token = await joins(database, made, INVITED)
        assert organisation != HOME
        assert made[1].startswith(f"{organisation}: whoever follows this link first is a coordinator there.")
        more = await command(tmp_path, settings, "coordinators", "invite", "--organisation", organisation.upper())
    assert (await joins(database, more, OTHER))[0] == organisation
    with database.transaction() as tx:
        assert not accept(tx, database.cipher, token, 77, datetime.now(UTC)), "once"
    assert [(one.chat, one.name) for one in all_acts(database)] == [
        (0, "invited"),
        (INVITED, "joined"),
        (0, "invited"),
        (OTHER, "joined"),
    ]
    done, out, err = await command(tmp_path, settings, "coordinators", "invite", "--organisation", "nowhere")
    said = "Could not: There is no organisation nowhere: `coordinators list` shows those there are.\n"
    assert (done, out, err) == (1, "", said)
    assert rows(database, "select * from invitations") == []


async def joins(database: Database, made: tuple[int, str, str], chat: int) -> tuple[str, str]:
    """Somebody follows the link that the command gave: their organisation, and the link's token."""
    done, out, err = made
    assert (done, err) == (0, "")
    told, link = out.splitlines()
    assert "It works once, for 7 days." in told
    assert link.startswith("The link: https://t.me/connection_test_bot?start=invite-")
    token = link.partition("invite-")[2]
    with database.transaction() as tx:
        assert accept(tx, database.cipher, token, chat, datetime.now(UTC))
        found = find_coordinator(tx, chat, named=False)
    assert found
    return found.organisation, token


async def test_a_campaign_of_the_command_line_stands_with_those_named_until_it_is_handed_over(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    other = joined(database, OTHER, colleague=False)
    _, out, _ = await command(tmp_path, settings, "campaign", "create", "--about", "Oak", "--asker", "Us")
    code = out.partition(":")[0]
    with database.transaction() as tx:
        assert campaign_of(tx, HOME, code)
    ended = await command(tmp_path, settings, "campaign", "hand-over", code, str(OTHER))
    assert ended == (0, f"{code}: it stands in the menu of {OTHER} now, and of who shares their campaigns.\n", "")
    with database.transaction() as tx:
        assert campaign_of(tx, HOME, code) is None
        assert campaign_of(tx, other, code)
    assert (await command(tmp_path, settings, "campaign", "hand-over", code, str(NAMED)))[0] == 0
    with database.transaction() as tx:
        assert campaign_of(tx, HOME, code)


@pytest.mark.parametrize(
    ("code", "number", "said"),
    [
        ("general", NAMED, "general is for all who come without a link: it belongs to nobody."),
        ("nobody", NAMED, "There is no campaign nobody: `campaign list` shows those there are."),
        ("", 77, "77 is no coordinator: `coordinators list` shows who is."),
    ],
)
async def test_what_can_not_be_handed_over_is_said_and_stays(
    on_file: Settings, database_on_file: Database, tmp_path: Path, code: str, number: int, said: str
) -> None:
    with database_on_file.transaction() as tx:
        ours = open_campaign(tx, Plan("Oak", "Us"))
    ended = await command(tmp_path, on_file, "campaign", "hand-over", code or ours, str(number))
    assert ended == (1, "", f"Could not: {said}\n")
    assert rows(database_on_file, "select organisation from campaigns where organisation is not null") == []
    assert all_acts(database_on_file) == []
