"""The commands on coordinators: who is one, what they did, taken out, invitations ended; a campaign handed over."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.settings import Settings
from storage.access import find_organisation_campaign
from storage.campaigns.coordinators import (
    BOT_ID,
    HOME_ORGANISATION,
    Coordinator,
    accept_invitation,
    create_invitation,
    find_coordinator,
    load_audit_entries_of,
    load_audit_log,
)
from storage.campaigns.repository import CampaignPlan, open_campaign
from storage.db.database import Database
from storage.retention import close_and_record
from tests.support.bot_process import run_command
from tests.support.cli import run_bot_with, to_environment
from tests.support.raw_sql import fetch_rows

NAMED, INVITED, OTHER = 5_000_000_001, 5_000_000_002, 5_000_000_003


async def command(folder: Path, settings: Settings, *arguments: str) -> tuple[int, str, str]:
    ended = await run_command(folder, *arguments, **to_environment(settings), COORDINATOR_IDS=str(NAMED))
    return ended.exit_code, ended.stdout, ended.stderr


def joined(database: Database, chat_id: int, *, colleague: bool) -> str:
    """Makes somebody a coordinator by an invitation; their organisation."""
    now = datetime.now(UTC)
    with database.transaction() as session:
        token = create_invitation(session, named(), now, is_for_colleague=colleague)
        assert accept_invitation(session, token, chat_id, now)
        found = find_coordinator(session, chat_id, is_configured=False)
    assert found
    return found.organisation


def named() -> Coordinator:
    return Coordinator(NAMED, HOME_ORGANISATION, is_configured=True)


async def test_who_is_one_is_listed_and_who_came_by_an_invitation_is_taken_out(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    joined(database, INVITED, colleague=True)
    other = joined(database, OTHER, colleague=False)
    listed = (await command(tmp_path, settings, "coordinators", "list"))[1].splitlines()
    day = load_audit_log(database)[-1].happened_at.strftime("%Y-%m-%d")
    invited = [[str(INVITED), "home"], [str(OTHER), other]]
    assert [line.split()[: 7 if "invitation" in line else 3] for line in listed[1:]] == [
        [str(NAMED), "home", "COORDINATOR_IDS"],
        *([*one, "an", "invitation", "of", str(NAMED), day] for one in sorted(invited, key=lambda one: one[1])),
    ]
    taken_out = await command(tmp_path, settings, "coordinators", "remove", str(INVITED))
    assert taken_out == (0, f"{INVITED} is no longer a coordinator. Their organisation's campaigns stay.\n", "")
    with database.transaction() as session:
        assert find_coordinator(session, INVITED, is_configured=False) is None
        assert find_coordinator(session, OTHER, is_configured=False) == Coordinator(OTHER, other)
    assert [(one.chat_id, one.action, one.target_chat_id) for one in load_audit_log(database)][-1] == (
        0,
        "removed",
        INVITED,
    )
    with database.transaction() as session:
        assert [one.action for one in load_audit_entries_of(session, INVITED)] == ["joined", "removed"], (
            "it is told to whom it was done"
        )
        assert [one.action for one in load_audit_entries_of(session, OTHER)] == ["joined"]


async def test_who_is_taken_out_does_not_come_back_by_another_invitation(
    sqlite_settings: Settings, sqlite_database: Database, tmp_path: Path
) -> None:
    joined(sqlite_database, INVITED, colleague=True)
    now = datetime.now(UTC)
    with sqlite_database.transaction() as session:
        kept, elsewhere = (
            create_invitation(session, named(), now, is_for_colleague=colleague) for colleague in (True, False)
        )
    _, out, _ = await command(tmp_path, sqlite_settings, "coordinators", "remove", str(INVITED))
    assert out.splitlines()[1:] == ["1 open invitation to that organisation ended too, or they could come back by one."]
    with sqlite_database.transaction() as session:
        assert not accept_invitation(session, kept, INVITED, now)
        assert accept_invitation(session, elsewhere, OTHER, now), "other organisations' stay"


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (str(2**52), f"{2**52} is not a coordinator: `coordinators list` shows who is."),
        (str(NAMED), f"{NAMED} is listed in COORDINATOR_IDS: remove the number there, and restart the bot."),
        ("77", "77 is not a coordinator: `coordinators list` shows who is."),
    ],
)
async def test_who_can_not_be_taken_out_is_said_with_the_fix(
    sqlite_settings: Settings, sqlite_database: Database, tmp_path: Path, number: str, said: str
) -> None:
    joined(sqlite_database, INVITED, colleague=True)
    before = load_audit_log(sqlite_database)
    ended = await command(tmp_path, sqlite_settings, "coordinators", "remove", number)
    assert ended == (1, "", f"Could not: {said}\n")
    assert load_audit_log(sqlite_database) == before
    assert fetch_rows(sqlite_database, "select chat_id from coordinators") == [(INVITED,)]


async def test_invitations_that_nobody_followed_are_ended(
    sqlite_settings: Settings, sqlite_database: Database, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    with sqlite_database.transaction() as session:
        token = create_invitation(session, named(), now, is_for_colleague=True)
    ended = await command(tmp_path, sqlite_settings, "coordinators", "revoke")
    assert ended == (0, "1 invitation ended. Their links no longer work.\n", "")
    with sqlite_database.transaction() as session:
        assert not accept_invitation(session, token, INVITED, now)


async def test_what_was_done_is_shown_without_answers(
    sqlite_settings: Settings, sqlite_database: Database, tmp_path: Path
) -> None:
    joined(sqlite_database, INVITED, colleague=True)
    _, out, _ = await command(tmp_path, sqlite_settings, "campaign", "create", "--about", "Oak", "--asker", "Us")
    code = out.partition(":")[0]
    _, out, _ = await command(tmp_path, sqlite_settings, "coordinators", "acts")
    assert [line.split()[2:] for line in out.splitlines()[1:]] == [
        [str(NAMED), "invited"],
        [str(INVITED), "joined"],
        ["command", "line", "opened", code],
    ]
    await command(tmp_path, sqlite_settings, "campaign", "hand-over", code, str(INVITED))
    with sqlite_database.transaction() as session:
        close_and_record(session, BOT_ID, code)
    await command(tmp_path, sqlite_settings, "coordinators", "remove", str(INVITED))
    _, out, _ = await command(tmp_path, sqlite_settings, "coordinators", "acts")
    assert [line.split()[2:] for line in out.splitlines()[4:]] == [
        ["command", "line", "transferred", str(INVITED), code],
        ["the", "bot", "closed", code],
        ["command", "line", "removed", str(INVITED)],
    ]


async def test_a_number_that_is_nobodys_is_wrong_use(sqlite_settings: Settings, tmp_path: Path) -> None:
    done, out, err = await command(tmp_path, sqlite_settings, "coordinators", "remove", "9999999999999999999")
    assert (done, out, "less than or equal to" in err, "Traceback" in err) == (2, "", True, False)


async def test_a_link_of_the_command_line_leads_into_a_new_organisation_or_one_that_is_there(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    async with run_bot_with(settings):
        made = await command(tmp_path, settings, "coordinators", "invite")
        organisation, token = await joins(database, made, INVITED)
        assert organisation != HOME_ORGANISATION
        assert made[1].startswith(f"{organisation}: the first person to open this link becomes a coordinator.")
        more = await command(tmp_path, settings, "coordinators", "invite", "--organisation", organisation.upper())
    assert (await joins(database, more, OTHER))[0] == organisation
    with database.transaction() as session:
        assert not accept_invitation(session, token, 77, datetime.now(UTC)), "once"
    assert [(one.chat_id, one.action) for one in load_audit_log(database)] == [
        (0, "invited"),
        (INVITED, "joined"),
        (0, "invited"),
        (OTHER, "joined"),
    ]
    done, out, err = await command(tmp_path, settings, "coordinators", "invite", "--organisation", "nowhere")
    said = "Could not: There is no organisation nowhere: `coordinators list` shows those there are.\n"
    assert (done, out, err) == (1, "", said)
    assert fetch_rows(database, "select * from invitations") == []


async def joins(database: Database, made: tuple[int, str, str], chat_id: int) -> tuple[str, str]:
    """Somebody follows the link that the command gave: their organisation, and the link's token."""
    done, out, err = made
    assert (done, err) == (0, "")
    told, link = out.splitlines()
    assert "It works once, for 7 days." in told
    assert link.startswith("The link: https://t.me/connection_test_bot?start=invite-")
    token = link.partition("invite-")[2]
    with database.transaction() as session:
        assert accept_invitation(session, token, chat_id, datetime.now(UTC))
        found = find_coordinator(session, chat_id, is_configured=False)
    assert found
    return found.organisation, token


async def test_a_campaign_of_the_command_line_stands_with_those_named_until_it_is_handed_over(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    other = joined(database, OTHER, colleague=False)
    _, out, _ = await command(tmp_path, settings, "campaign", "create", "--about", "Oak", "--asker", "Us")
    code = out.partition(":")[0]
    with database.transaction() as session:
        assert find_organisation_campaign(session, HOME_ORGANISATION, code)
    ended = await command(tmp_path, settings, "campaign", "hand-over", code, str(OTHER))
    assert ended == (0, f"{code}: now in the menu of {OTHER} and their colleagues.\n", "")
    with database.transaction() as session:
        assert find_organisation_campaign(session, HOME_ORGANISATION, code) is None
        assert find_organisation_campaign(session, other, code)
    assert (await command(tmp_path, settings, "campaign", "hand-over", code, str(NAMED)))[0] == 0
    with database.transaction() as session:
        assert find_organisation_campaign(session, HOME_ORGANISATION, code)


@pytest.mark.parametrize(
    ("code", "number", "said"),
    [
        ("general", NAMED, "general is for all who come without a link: it belongs to nobody."),
        ("nobody", NAMED, "There is no campaign nobody: `campaign list` shows all campaigns."),
        ("", 77, "77 is not a coordinator: `coordinators list` shows who is."),
    ],
)
async def test_what_can_not_be_handed_over_is_said_and_stays(
    sqlite_settings: Settings, sqlite_database: Database, tmp_path: Path, code: str, number: int, said: str
) -> None:
    with sqlite_database.transaction() as session:
        ours = open_campaign(session, CampaignPlan("Oak", "Us"))
    ended = await command(tmp_path, sqlite_settings, "campaign", "hand-over", code or ours, str(number))
    assert ended == (1, "", f"Could not: {said}\n")
    assert fetch_rows(sqlite_database, "select organisation from campaigns where organisation is not null") == []
    assert load_audit_log(sqlite_database) == []
