"""Runs: opened for a turn, saved with all that the turn leaves behind, in one transaction."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import MappingProxyType

from pydantic import TypeAdapter
from sqlalchemy import BindParameter, Connection, Row, Table, bindparam, delete, select
from sqlalchemy.dialects.sqlite import Insert, insert

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


def _upsert(table: Table, keys: list[str], changing: list[str]) -> Insert:
    """Writes a row; where there is one with these keys, changes it."""
    row = insert(table)
    return row.on_conflict_do_update(index_elements=keys, set_={name: row.excluded[name] for name in changing})


# The statements of every turn are built once: building them costs more than running them.
_CHAT: BindParameter[int] = bindparam("of_chat")
_RUN: BindParameter[str] = bindparam("of_run")
_TAKEN = select(chats.c.taken).where(chats.c.chat == _CHAT)
_RUN_OF = select(runs).where(runs.c.chat == _CHAT)
_ANSWERS_OF = select(answer_rows).where(answer_rows.c.run == _RUN)
_END = delete(runs).where(runs.c.id == _RUN)
_UNANSWER = delete(answer_rows).where(answer_rows.c.run == _RUN, answer_rows.c.question == bindparam("asked"))
_NOTE = _upsert(chats, ["chat"], ["taken", "blocked", "seen_at"])
_KEEP_RUN = _upsert(runs, ["id"], [column.name for column in runs.c if column.name != "id"])
_ANSWER = _upsert(answer_rows, ["run", "question"], ["choice", "said"])


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
    chat = tx.execute(_TAKEN, {"of_chat": came.chat}).one_or_none()
    if chat is not None and str(came.update) in chat.taken.split():
        return None
    row = tx.execute(_RUN_OF, {"of_chat": came.chat}).one_or_none()
    return _read(tx, cipher, row) if row else Run(_new_id(), came.flow, came.version, came.language)


def save_turn(tx: Connection, cipher: Cipher, came: Came, before: Run, turn: Turn) -> None:
    """Saves the turn: the run or its end, the update's number, and what is now to be said."""
    note_update(tx, came)
    events = tuple(_carry_out(tx, cipher, before, event) for event in turn.events)
    if turn.run is None:
        tx.execute(_END, {"of_run": before.id})
    elif turn.run.ask:
        _write(tx, cipher, came.chat, before, turn.run)
    if events or came.tap:
        saying = outbox.Saying(before.id, before.flow, before.language, events, came.tap)
        outbox.leave(tx, cipher, came.chat, saying)


def note_update(tx: Connection, came: Came) -> None:
    """Remembers that this update was taken in, so that it is taken in once; whoever writes has not blocked the bot."""
    known = tx.execute(_TAKEN, {"of_chat": came.chat}).scalar_one_or_none() or ""
    taken = " ".join([*known.split(), str(came.update)][-REMEMBERED:])
    now = int(datetime.now(UTC).timestamp())
    tx.execute(_NOTE, {"chat": came.chat, "open_ask": 0, "taken": taken, "blocked": False, "seen_at": now})


def _carry_out(tx: Connection, cipher: Cipher, run: Run, event: Event) -> Event:
    """What an event asks of storage: a response sealed, or taken out."""
    if isinstance(event, RunSent):
        seal(tx, cipher, run, event.answers, event.receipt)
    if isinstance(event, WithdrawalConfirmed):
        return replace(event, found=withdraw(tx, cipher, event.receipt))
    return event


def _read(tx: Connection, cipher: Cipher, row: Row[tuple[object, ...]]) -> Run:
    given = tx.execute(_ANSWERS_OF, {"of_run": row.id}).all()
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
        "id": run.id,
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
    tx.execute(_KEEP_RUN, values)
    _write_answers(tx, cipher, run.id, before.answers, run.answers)


def _write_answers(
    tx: Connection, cipher: Cipher, run: str, before: Mapping[str, Answer], after: Mapping[str, Answer]
) -> None:
    for question in before.keys() - after.keys():
        tx.execute(_UNANSWER, {"of_run": run, "asked": question})
    for question, given in after.items():
        if before.get(question) != given:
            said = cipher.lock(_SAID.dump_json(given.said).decode()) if given.said else None
            tx.execute(_ANSWER, {"run": run, "question": question, "choice": given.choice, "said": said})


def _new_id() -> str:
    return secrets.token_urlsafe(RUN_ID_LENGTH * 6 // 8)
