"""Updates of a Telegram group, taken by storage and handlers without HTTP."""

from itertools import count

from bot.handlers.turn import take_update
from bot.telegram.updates import GroupCommand, GroupUpdate, IncomingUpdate
from flows.events import Event
from storage.campaigns.repository import CampaignPlan, open_campaign
from storage.conversations.outbox import acknowledge, load_next_entry
from storage.db.database import Database
from tests.support.raw_sql import fetch_rows
from tests.support.stored_chat import NOW

OLD_CHAT_ID, NEW_CHAT_ID = -77, -1_001_234_567_890


NUMBERS = count(1)


RESULTS_COMMAND = GroupCommand("results", "", 0)


def take_group_updates(database: Database, chat_id: int, *news: GroupUpdate) -> None:
    for one in news:
        assert take_update(database, IncomingUpdate(next(NUMBERS), chat_id, one, "en"), NOW) is not None


def create_campaign(database: Database, about: str = "Oak House") -> str:
    with database.transaction() as session:
        return open_campaign(session, CampaignPlan(about, ""))


def make_start_command(code: str) -> GroupCommand:
    return GroupCommand("start", code, int(NOW.timestamp()))


def deliver_event_kinds(database: Database, chat_id: int) -> list[str]:
    """The kinds of what is to be said there, which is said."""
    return [event.kind for event in deliver_events(database, chat_id)]


def fetch_group_campaigns(database: Database) -> list[tuple[int, str]]:
    return [
        (int(chat), str(code))
        for chat, code in fetch_rows(database, "select chat_id, campaign from groups order by chat_id")
    ]


def deliver_events(database: Database, chat_id: int) -> list[Event]:
    """What is to be said there, which is said."""
    events: list[Event] = []
    while due := load_next_entry(database, chat_id):
        events += due.content.events
        acknowledge(database, due, None, None)
    return events
