"""Attacks by one account on k-anonymity."""

import pytest

from bot.handlers.turn import take_turn
from bot.telegram.updates import IncomingUpdate
from flows.models import Command, Tap
from storage.anonymity.gateway import open_release_view
from storage.anonymity.releases import count_pending_responses, release_due_responses
from storage.campaigns.repository import GENERAL_CAMPAIGN
from storage.db.database import Database
from tests.support.account_attacks import CLINIC_CODE, try_to_submit, withdraw_by_receipt
from tests.support.raw_sql import create_clinic_campaign, fetch_rows
from tests.support.stored_chat import NOW, StoredChat
from tests.support.stored_responses import load_choices

K = 5
ATTACKER, VICTIM = 555, 4242
CARER = {"role": "family_carer", "viewpoint": "myself", "informed": "1"}


@pytest.mark.parametrize("campaign", [CLINIC_CODE, GENERAL_CAMPAIGN])
def test_one_account_that_replaces_released_responses_counts_as_one_person(database: Database, campaign: str) -> None:
    """The n-1 attack: otherwise the next release would contain k-1 responses of one account and one of another."""
    create_clinic_campaign(database)
    first_receipts = [try_to_submit(database, ATTACKER, campaign, CARER) for _ in range(K)]
    for person in range(1, K):
        try_to_submit(database, person, campaign, CARER)
    assert len(release_due_responses(database, K)) == 1
    for receipt in filter(None, first_receipts):
        assert withdraw_by_receipt(database, ATTACKER, receipt) == "released"
        assert try_to_submit(database, ATTACKER, campaign, CARER)
    try_to_submit(database, VICTIM, campaign, CARER)
    assert release_due_responses(database, K) == []
    for person in range(
        11, 11 + K - 2 + (campaign == GENERAL_CAMPAIGN)
    ):  # in the general campaign, the attacker does not count again
        assert release_due_responses(database, K) == []
        try_to_submit(database, person, campaign, CARER)
    assert len(release_due_responses(database, K)) == 1


@pytest.mark.parametrize("campaign", [CLINIC_CODE, GENERAL_CAMPAIGN])
def test_one_account_that_replaces_pending_responses_counts_as_one_person(database: Database, campaign: str) -> None:
    create_clinic_campaign(database)
    for _ in range(3 * K):
        receipts = [try_to_submit(database, ATTACKER, campaign, CARER) for _ in range(2)]
        assert receipts[0]
        withdraw_by_receipt(database, ATTACKER, receipts[0])
    try_to_submit(database, VICTIM, campaign, CARER)
    assert release_due_responses(database, K) == []


def test_responses_of_one_account_do_not_fill_a_group(database: Database) -> None:
    """Otherwise the other response of a group could be told by subtracting the account's own."""
    create_clinic_campaign(database)
    worker = {**CARER, "role": "paid_worker"}
    for _ in range(K):
        try_to_submit(database, ATTACKER, CLINIC_CODE, worker)
    try_to_submit(database, VICTIM, CLINIC_CODE, worker)
    for person in range(1, K + 1):
        try_to_submit(database, person, CLINIC_CODE, CARER)
    assert len(release_due_responses(database, K)) == 1
    with open_release_view(database, CLINIC_CODE, K) as view:
        assert "paid_worker" not in str(list(view.iter_rows()))


def test_responses_of_one_account_do_not_release_another_s_comment(database: Database) -> None:
    create_clinic_campaign(database)
    for _ in range(K):
        try_to_submit(database, ATTACKER, CLINIC_CODE, {**CARER, "informed_why": "mine"})
    try_to_submit(database, VICTIM, CLINIC_CODE, {**CARER, "informed_why": "the manager shouted at us"})
    for person in range(1, K + 1):
        try_to_submit(database, person, CLINIC_CODE, CARER)
    assert len(release_due_responses(database, K)) == 1
    with open_release_view(database, CLINIC_CODE, K) as view:
        assert list(view.iter_comments()) == []


def start_by_link(database: Database, chat_id: int) -> StoredChat:
    """A person who followed the campaign's link."""
    stored_chat = StoredChat(database, chat_id)
    stored_chat.send_reply(Command("start", CLINIC_CODE))
    return stored_chat


def walk_to_end(stored_chat: StoredChat) -> None:
    while stored_chat.prompt_event is not None:
        stored_chat.send_reply(stored_chat.make_next_reply())


def test_a_link_starts_no_second_run_before_withdrawal(database: Database) -> None:
    create_clinic_campaign(database)
    stored_chat = start_by_link(database, ATTACKER)
    walk_to_end(stored_chat)
    [event] = stored_chat.send_reply(Command("start", CLINIC_CODE))
    assert event.kind == "already_responded"
    assert (event.has_unfinished_run, event.is_unsent) == (False, False)
    assert fetch_rows(database, "select * from runs") == fetch_rows(database, "select * from chats") == []
    stored_chat.send_reply(Tap("", 0, "", "withdraw_yes", f"receipt-of-{ATTACKER}"))
    [event] = stored_chat.send_reply(Command("start", CLINIC_CODE))
    assert event.kind == "step_reached"


def test_without_a_link_a_person_can_respond_several_times(database: Database) -> None:
    for number in range(2):
        stored_chat = StoredChat(database)
        stored_chat.walk_to_review()
        stored_chat.submit(f"receipt {number}")
    assert len(load_choices(database)) == 2


def test_an_answered_link_does_not_change_another_open_run(database: Database) -> None:
    create_clinic_campaign(database)
    stored_chat = start_by_link(database, ATTACKER)
    walk_to_end(stored_chat)
    stored_chat.send_reply(Command("start"))
    stored_chat.send_reply(stored_chat.make_next_reply())
    run = fetch_rows(database, "select * from runs")
    [event] = stored_chat.send_reply(Command("start", CLINIC_CODE))
    assert event.kind == "already_responded"
    assert event.has_unfinished_run
    assert [row[:9] for row in fetch_rows(database, "select * from runs")] == [row[:9] for row in run]


def test_send_beside_an_earlier_response_submits_and_loses_nothing(database: Database) -> None:
    """The run started before the other response was in, for example with an earlier version."""
    create_clinic_campaign(database)
    stored_chat = start_by_link(database, ATTACKER)
    while stored_chat.prompt_event and stored_chat.prompt_event.kind != "review_reached":
        stored_chat.send_reply(stored_chat.make_next_reply())
    receipt = try_to_submit(database, ATTACKER, CLINIC_CODE, CARER)
    assert receipt
    for _ in range(2):
        [event] = stored_chat.send_reply(stored_chat.make_tap("send", "another-receipt"))
        assert event.kind == "already_responded"
        assert event.is_unsent
    assert count_pending_responses(database) == {CLINIC_CODE: 1}
    assert fetch_rows(database, "select * from answers")
    stored_chat.send_reply(Tap("", 0, "", "withdraw_yes", receipt))
    stored_chat.send_reply(stored_chat.make_tap("send", "another-receipt"))
    assert count_pending_responses(database) == {CLINIC_CODE: 1}
    assert fetch_rows(database, "select * from runs") == []


def test_a_repeated_send_is_sealed_once(database: Database) -> None:
    create_clinic_campaign(database)
    stored_chat = start_by_link(database, ATTACKER)
    while stored_chat.prompt_event and stored_chat.prompt_event.kind != "review_reached":
        stored_chat.send_reply(stored_chat.make_next_reply())
    tap = stored_chat.make_tap("send", "a-receipt")
    stored_chat.send_reply(tap)
    stored_chat.send_reply(tap)
    incoming = IncomingUpdate(1_000_000, ATTACKER, tap, "en")
    assert take_turn(database, incoming, tap, NOW)
    assert count_pending_responses(database) == {CLINIC_CODE: 1}
