"""Runs: opened for a turn, saved with all that the turn leaves behind, in one transaction."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import MappingProxyType

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, delete, select
from sqlalchemy.dialects.sqlite import insert

from flows.buttons import RUN_ID_LENGTH
from flows.events import Event, RunSent, WithdrawalConfirmed
from flows.run import Answer, Held, Run, Said, Turn
from storage import outbox
from storage.cipher import Cipher
from storage.envelope import seal, withdraw
from storage.tables import answers as answer_rows
from storage.tables import chats, runs

REMEMBERED = 128  # updates remembered a chat: one question of ours can bring at most 100 again

_SAID: TypeAdapter[tuple[Said, ...]] = TypeAdapter(tuple[Said, ...])
_HELD: TypeAdapter[Held] = TypeAdapter(Held)


@dataclass(frozen=True, slots=True)
class Came:
    """An update as storage sees it: its number, its chat, and how its sender's new run would begin."""

    update: int
    chat: int
    flow: str
    version: int
    language: str
    tap: outbox.Tap | None = None


def open_run(tx: Connection, cipher: Cipher, came: Came) -> Run | None:
    """The chat's run, or a new one, kept only once something was asked. None: this update was taken in before."""
    chat = tx.execute(select(chats.c.taken).where(chats.c.chat == came.chat)).one_or_none()
    if chat is not None and str(came.update) in chat.taken.split():
        return None
    row = tx.execute(select(runs).where(runs.c.chat == came.chat)).one_or_none()
    return _read(tx, cipher, row) if row else Run(_new_id(), came.flow, came.version, came.language)


def save_turn(tx: Connection, cipher: Cipher, came: Came, before: Run, turn: Turn) -> None:
    """Saves the turn: the run or its end, the update's number, and what is now to be said."""
    note_update(tx, came)
    events = tuple(_carry_out(tx, cipher, before, event) for event in turn.events)
    if turn.run is None:
        tx.execute(delete(runs).where(runs.c.id == before.id))
    elif turn.run.ask:
        _write(tx, cipher, came.chat, before, turn.run)
    if events or came.tap:
        saying = outbox.Saying(before.id, before.flow, before.language, events, came.tap)
        outbox.leave(tx, cipher, came.chat, saying)


def note_update(tx: Connection, came: Came) -> None:
    """Remembers that this update was taken in, so that it is taken in once; whoever writes has not blocked the bot."""
    known = tx.execute(select(chats.c.taken).where(chats.c.chat == came.chat)).scalar_one_or_none() or ""
    taken = " ".join([*known.split(), str(came.update)][-REMEMBERED:])
    values = {"taken": taken, "blocked": False, "seen_at": int(datetime.now(UTC).timestamp())}
    row = insert(chats).values(chat=came.chat, open_ask=0, **values)
    tx.execute(row.on_conflict_do_update(index_elements=[chats.c.chat], set_=values))


def _carry_out(tx: Connection, cipher: Cipher, run: Run, event: Event) -> Event:
    """What an event asks of storage: a response sealed, or taken out."""
    if isinstance(event, RunSent):
        seal(tx, cipher, run, event.answers, event.receipt)
    if isinstance(event, WithdrawalConfirmed):
        return replace(event, found=withdraw(tx, cipher, event.receipt))
    return event


def _read(tx: Connection, cipher: Cipher, row: Row[tuple[object, ...]]) -> Run:
    given = tx.execute(select(answer_rows).where(answer_rows.c.run == row.id)).all()
    found = {
        one.question: Answer(one.choice, _SAID.validate_json(cipher.unlock(one.said)) if one.said else ())
        for one in given
    }
    return Run(
        id=row.id,
        flow=row.flow,
        version=row.version,
        language=row.language,
        place=row.place,
        ask=row.ask,
        answers=MappingProxyType(found),
        passed=frozenset(row.passed.split()),
        changing=row.changing,
        left=row.left,
        held=_HELD.validate_json(cipher.unlock(row.held)) if row.held else None,
        seen_at=datetime.fromtimestamp(row.seen_at, UTC),
    )


def _write(tx: Connection, cipher: Cipher, chat: int, before: Run, run: Run) -> None:
    values = {
        "chat": chat,
        "flow": run.flow,
        "version": run.version,
        "language": run.language,
        "place": run.place,
        "ask": run.ask,
        "passed": " ".join(sorted(run.passed)),
        "changing": run.changing,
        "left": run.left,
        "held": cipher.lock(_HELD.dump_json(run.held).decode()) if run.held else None,
        "seen_at": int(run.seen_at.timestamp()) if run.seen_at else 0,
    }
    row = insert(runs).values(id=run.id, **values)
    tx.execute(row.on_conflict_do_update(index_elements=[runs.c.id], set_=values))
    _write_answers(tx, cipher, run.id, before.answers, run.answers)


def _write_answers(
    tx: Connection, cipher: Cipher, run: str, before: Mapping[str, Answer], after: Mapping[str, Answer]
) -> None:
    for question in before.keys() - after.keys():
        tx.execute(delete(answer_rows).where(answer_rows.c.run == run, answer_rows.c.question == question))
    for question, given in after.items():
        if before.get(question) != given:
            said = cipher.lock(_SAID.dump_json(given.said).decode()) if given.said else None
            values = {"choice": given.choice, "said": said}
            row = insert(answer_rows).values(run=run, question=question, **values)
            tx.execute(row.on_conflict_do_update(index_elements=["run", "question"], set_=values))


def _new_id() -> str:
    return secrets.token_urlsafe(RUN_ID_LENGTH * 6 // 8)
