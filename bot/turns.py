"""A turn: load, decide, save. One synchronous function, one hop into the writing thread, one transaction.

intake      an update comes in, from polling or a webhook; updates of one chat one after another
inbound     Update → Incoming
take_turn   open_run · engine.take · save_turn · commit        ← here
intake      only now is the update acknowledged to Telegram
sender      says what the turn left in the outbox
"""

from datetime import datetime

from bot.inbound import Incoming
from bot.words import language_for
from flows import engine
from flows.events import Told, WithdrawalConfirmed
from flows.loading import load
from flows.run import Reply
from storage import outbox
from storage.database import Database
from storage.runs import Came, note_update, open_run, save_turn


def take_turn(database: Database, incoming: Incoming, reply: Reply, now: datetime) -> bool:
    """Takes one reply in, whole or not at all. False: this update was taken in before, and nothing changed.

    Raises `StorageAway` where the database can't be used just now: nothing was kept, and the update may come again.
    """
    came = _came(incoming)
    with database.transaction() as tx:
        run = open_run(tx, database.cipher, came)
        if run is None:
            return False
        turn = engine.take(load(run.flow), run, reply, now)
        save_turn(tx, database.cipher, came, run, turn)
    if turn.run is None or any(isinstance(event, WithdrawalConfirmed) for event in turn.events):
        database.settle()
    return True


def greet_group(database: Database, incoming: Incoming) -> bool:
    """In a group the bot only says where to go: a button that opens the private chat."""
    came = _came(incoming)
    with database.transaction() as tx:
        if open_run(tx, database.cipher, came) is None:
            return False
        note_update(tx, came)
        greeting = outbox.Saying("", came.flow, came.language, (Told("group_hello", button="private"),))
        outbox.leave(tx, database.cipher, came.chat, greeting)
    return True


def take_block(database: Database, incoming: Incoming) -> bool:
    """Somebody blocked the bot. Heard again after they came back, it changes nothing."""
    came = _came(incoming)
    with database.transaction() as tx:
        if open_run(tx, database.cipher, came) is None:
            return False
        note_update(tx, came)
        outbox.silence(tx, came.chat)
    return True


def _came(incoming: Incoming) -> Came:
    flow = load(incoming.flow).flow
    language = language_for(incoming.language, set(flow.labels), flow.language)
    return Came(incoming.update, incoming.chat, flow.id, flow.version, language, incoming.tap)
