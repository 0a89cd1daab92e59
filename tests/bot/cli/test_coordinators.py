"""The commands that list, invite and remove coordinators, show their audit log and hand a campaign over."""

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

CONFIGURED, INVITED, OTHER = 5_000_000_001, 5_000_000_002, 5_000_000_003


async def run(folder: Path, settings: Settings, *arguments: str) -> tuple[int, str, str]:
    completed = await run_command(folder, *arguments, **to_environment(settings), COORDINATOR_IDS=str(CONFIGURED))
    return completed.exit_code, completed.stdout, completed.stderr


def join(database: Database, chat_id: int, *, colleague: bool) -> str:
    """Makes this chat a coordinator by an invitation and returns its organisation."""
    now = datetime.now(UTC)
    with database.transaction() as session:
        token = create_invitation(session, configured_coordinator(), now, is_for_colleague=colleague)
        assert accept_invitation(session, token, chat_id, now)
        found = find_coordinator(session, chat_id, is_configured=False)
    assert found
    return found.organisation


def configured_coordinator() -> Coordinator:
    return Coordinator(CONFIGURED, HOME_ORGANISATION, is_configured=True)


async def test_list_shows_all_coordinators_and_remove_removes_an_invited_one(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    join(database, INVITED, colleague=True)
    other = join(database, OTHER, colleague=False)
    listed = (await run(tmp_path, settings, "coordinators", "list"))[1].splitlines()
    day = load_audit_log(database)[-1].happened_at.strftime("%Y-%m-%d")
    invited = [[str(INVITED), "home"], [str(OTHER), other]]
    assert [line.split()[: 7 if "invitation" in line else 3] for line in listed[1:]] == [
        [str(CONFIGURED), "home", "COORDINATOR_IDS"],
        *([*one, "an", "invitation", "of", str(CONFIGURED), day] for one in sorted(invited, key=lambda one: one[1])),
    ]
    removed = await run(tmp_path, settings, "coordinators", "remove", str(INVITED))
    assert removed == (0, f"{INVITED} is no longer a coordinator. Their organisation's campaigns stay.\n", "")
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
            "the removed coordinator sees the entry too"
        )
        assert [one.action for one in load_audit_entries_of(session, OTHER)] == ["joined"]


async def test_remove_ends_open_invitations_to_the_same_organisation(
    sqlite_settings: Settings, sqlite_database: Database, tmp_path: Path
) -> None:
    join(sqlite_database, INVITED, colleague=True)
    now = datetime.now(UTC)
    with sqlite_database.transaction() as session:
        ended_token, other_token = (
            create_invitation(session, configured_coordinator(), now, is_for_colleague=colleague)
            for colleague in (True, False)
        )
    _, out, _ = await run(tmp_path, sqlite_settings, "coordinators", "remove", str(INVITED))
    assert out.splitlines()[1:] == ["1 open invitation to that organisation ended too, or they could come back by one."]
    with sqlite_database.transaction() as session:
        assert not accept_invitation(session, ended_token, INVITED, now)
        assert accept_invitation(session, other_token, OTHER, now), "invitations of other organisations stay valid"


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (str(2**52), f"{2**52} is not a coordinator: `coordinators list` shows who is."),
        (str(CONFIGURED), f"{CONFIGURED} is listed in COORDINATOR_IDS: remove the number there, and restart the bot."),
        ("77", "77 is not a coordinator: `coordinators list` shows who is."),
    ],
)
async def test_remove_refuses_others_with_the_fix(
    sqlite_settings: Settings, sqlite_database: Database, tmp_path: Path, number: str, expected: str
) -> None:
    join(sqlite_database, INVITED, colleague=True)
    before = load_audit_log(sqlite_database)
    completed = await run(tmp_path, sqlite_settings, "coordinators", "remove", number)
    assert completed == (1, "", f"Could not: {expected}\n")
    assert load_audit_log(sqlite_database) == before
    assert fetch_rows(sqlite_database, "select chat_id from coordinators") == [(INVITED,)]


async def test_revoke_ends_open_invitations(
    sqlite_settings: Settings, sqlite_database: Database, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    with sqlite_database.transaction() as session:
        token = create_invitation(session, configured_coordinator(), now, is_for_colleague=True)
    completed = await run(tmp_path, sqlite_settings, "coordinators", "revoke")
    assert completed == (0, "1 invitation ended. Their links no longer work.\n", "")
    with sqlite_database.transaction() as session:
        assert not accept_invitation(session, token, INVITED, now)


async def test_acts_shows_the_audit_log(sqlite_settings: Settings, sqlite_database: Database, tmp_path: Path) -> None:
    join(sqlite_database, INVITED, colleague=True)
    _, out, _ = await run(tmp_path, sqlite_settings, "campaign", "create", "--about", "Oak", "--asker", "Us")
    code = out.partition(":")[0]
    _, out, _ = await run(tmp_path, sqlite_settings, "coordinators", "acts")
    assert [line.split()[2:] for line in out.splitlines()[1:]] == [
        [str(CONFIGURED), "invited"],
        [str(INVITED), "joined"],
        ["command", "line", "opened", code],
    ]
    await run(tmp_path, sqlite_settings, "campaign", "hand-over", code, str(INVITED))
    with sqlite_database.transaction() as session:
        close_and_record(session, BOT_ID, code)
    await run(tmp_path, sqlite_settings, "coordinators", "remove", str(INVITED))
    _, out, _ = await run(tmp_path, sqlite_settings, "coordinators", "acts")
    assert [line.split()[2:] for line in out.splitlines()[4:]] == [
        ["command", "line", "transferred", str(INVITED), code],
        ["the", "bot", "closed", code],
        ["command", "line", "removed", str(INVITED)],
    ]


async def test_remove_rejects_a_number_that_is_too_large(sqlite_settings: Settings, tmp_path: Path) -> None:
    status, out, err = await run(tmp_path, sqlite_settings, "coordinators", "remove", "9999999999999999999")
    assert (status, out, "less than or equal to" in err, "Traceback" in err) == (2, "", True, False)


async def test_invite_leads_to_a_new_organisation_or_an_existing_one(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    async with run_bot_with(settings):
        printed = await run(tmp_path, settings, "coordinators", "invite")
        organisation, token = await follow_invitation(database, printed, INVITED)
        assert organisation != HOME_ORGANISATION
        assert printed[1].startswith(f"{organisation}: the first person to open this link becomes a coordinator.")
        second_invitation = await run(
            tmp_path, settings, "coordinators", "invite", "--organisation", organisation.upper()
        )
    assert (await follow_invitation(database, second_invitation, OTHER))[0] == organisation
    with database.transaction() as session:
        assert not accept_invitation(session, token, 77, datetime.now(UTC)), "an invitation works once"
    assert [(one.chat_id, one.action) for one in load_audit_log(database)] == [
        (0, "invited"),
        (INVITED, "joined"),
        (0, "invited"),
        (OTHER, "joined"),
    ]
    status, out, err = await run(tmp_path, settings, "coordinators", "invite", "--organisation", "nowhere")
    expected = "Could not: There is no organisation nowhere: `coordinators list` shows those there are.\n"
    assert (status, out, err) == (1, "", expected)
    assert fetch_rows(database, "select * from invitations") == []


async def follow_invitation(database: Database, printed: tuple[int, str, str], chat_id: int) -> tuple[str, str]:
    """Opens the link that the command printed; returns the organisation and the link's token."""
    status, out, err = printed
    assert (status, err) == (0, "")
    explanation, link = out.splitlines()
    assert "It works once, for 7 days." in explanation
    assert link.startswith("The link: https://t.me/connection_test_bot?start=invite-")
    token = link.partition("invite-")[2]
    with database.transaction() as session:
        assert accept_invitation(session, token, chat_id, datetime.now(UTC))
        found = find_coordinator(session, chat_id, is_configured=False)
    assert found
    return found.organisation, token


async def test_a_new_campaign_belongs_to_the_home_organisation_until_handed_over(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    other = join(database, OTHER, colleague=False)
    _, out, _ = await run(tmp_path, settings, "campaign", "create", "--about", "Oak", "--asker", "Us")
    code = out.partition(":")[0]
    with database.transaction() as session:
        assert find_organisation_campaign(session, HOME_ORGANISATION, code)
    completed = await run(tmp_path, settings, "campaign", "hand-over", code, str(OTHER))
    assert completed == (0, f"{code}: now in the menu of {OTHER} and their colleagues.\n", "")
    with database.transaction() as session:
        assert find_organisation_campaign(session, HOME_ORGANISATION, code) is None
        assert find_organisation_campaign(session, other, code)
    assert (await run(tmp_path, settings, "campaign", "hand-over", code, str(CONFIGURED)))[0] == 0
    with database.transaction() as session:
        assert find_organisation_campaign(session, HOME_ORGANISATION, code)


@pytest.mark.parametrize(
    ("code", "number", "expected"),
    [
        ("general", CONFIGURED, "general is for all who come without a link: it belongs to nobody."),
        ("nobody", CONFIGURED, "There is no campaign nobody: `campaign list` shows all campaigns."),
        ("", 77, "77 is not a coordinator: `coordinators list` shows who is."),
    ],
)
async def test_a_refused_hand_over_is_explained_and_changes_nothing(
    sqlite_settings: Settings, sqlite_database: Database, tmp_path: Path, code: str, number: int, expected: str
) -> None:
    with sqlite_database.transaction() as session:
        ours = open_campaign(session, CampaignPlan("Oak", "Us"))
    completed = await run(tmp_path, sqlite_settings, "campaign", "hand-over", code or ours, str(number))
    assert completed == (1, "", f"Could not: {expected}\n")
    assert fetch_rows(sqlite_database, "select organisation from campaigns where organisation is not null") == []
    assert load_audit_log(sqlite_database) == []
