"""A run ↔ its rows: what was typed in it is locked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import BindParameter, Connection, bindparam, delete, insert, select, update

from flows.models import Answer, Beside, Held, Run, Said
from flows.schema import CHECK, WELCOME
from storage.anonymity.participation import all_taken_part, took_part
from storage.campaigns.repository import GENERAL, all_campaigns, find_campaign, link_of
from storage.db.encryption import Cipher
from storage.db.schema import answers as answer_rows
from storage.db.schema import runs
from storage.db.statements import Ready


@dataclass(frozen=True, slots=True)
class _Waiting(Held):
    """What waits for a word from the respondent, as it is kept. A version that knows no `beside` reads the rest."""

    beside: Beside | None = None


_SAID: TypeAdapter[tuple[Said, ...]] = TypeAdapter(tuple[Said, ...])
_WAITING: TypeAdapter[_Waiting] = TypeAdapter(_Waiting)

# The statements of every turn are built once: building them costs more than running them.
_RUN: BindParameter[str] = bindparam("of_run")
_ANSWERS_OF = Ready(select(answer_rows).where(answer_rows.c.run == _RUN))
_UNANSWER = Ready(delete(answer_rows).where(answer_rows.c.run == _RUN, answer_rows.c.question == bindparam("asked")))
_BEGIN_RUN = Ready(insert(runs), *runs.c.keys())
_KEEP_RUN = Ready(
    update(runs)
    .where(runs.c.id == _RUN)
    .values({name: bindparam(f"new_{name}") for name in runs.c.keys() if name not in {"id", "chat"}})  # noqa: SIM118
)
_ANSWER = Ready(insert(answer_rows), *answer_rows.c.keys())
_ANSWER_ANEW = Ready(
    update(answer_rows)
    .where(answer_rows.c.run == _RUN, answer_rows.c.question == bindparam("asked"))
    .values(choice=bindparam("new_choice"), said=bindparam("new_said"))
)


def read_run(tx: Connection, cipher: Cipher, row: Any) -> Run:
    """The run in this row, of `runs` and its chat. Raises `StorageUnusable` or pydantic's `ValidationError`."""
    given = _ANSWERS_OF.all(tx, {"of_run": row.id})
    found = {
        one.question: Answer(one.choice, _SAID.validate_json(cipher.unlock(one.said)) if one.said else ())
        for one in given
    }
    waiting = _WAITING.validate_json(cipher.unlock(row.held)) if row.held else _Waiting("")
    return Run(
        id=row.id,
        flow=row.flow,
        version=row.version,
        language=row.language,
        place=row.place,
        ask=row.ask,
        answers=MappingProxyType(found),
        passed=frozenset(row.passed.split()),
        changing=bool(row.changing),
        left=row.left,
        held=_held(waiting),
        beside=waiting.beside,
        seen_at=datetime.fromtimestamp(row.seen_at, UTC),
        again=bool(row.again),
        campaign=row.campaign,
        link=link_of(tx, row.campaign),
        asked_at=_asked_at(row),
        sent_before=_matters(row) and sent_before(tx, cipher, row.campaign, row.chat),
    )


def _matters(row: Any) -> bool:
    """Whether it matters here if answers were sent before: where a walk begins, and where a campaign's ends."""
    return bool(row.place == WELCOME or (row.place == CHECK and row.campaign != GENERAL))


def sent_before(tx: Connection, cipher: Cipher, campaign: str, chat: int) -> bool:
    """Whether this chat has sent answers to the campaign before; to any, where it comes without a link."""
    if campaign == GENERAL:
        return bool(all_taken_part(tx, cipher, all_campaigns(tx), chat))
    return bool(campaign) and took_part(tx, cipher, find_campaign(tx, campaign), chat)


def _held(waiting: _Waiting) -> Held | None:
    held = Held(waiting.words, waiting.message, waiting.candidates, waiting.before)
    return None if held == Held("") else held


def _locked(cipher: Cipher, run: Run) -> bytes | None:
    if run.held is None and run.beside is None:
        return None
    held = run.held or Held("")
    waiting = _Waiting(held.words, held.message, held.candidates, held.before, run.beside)
    return cipher.lock(_WAITING.dump_json(waiting).decode())


def _asked_at(row: Any) -> datetime | None:
    """When what is open was said, as far as it was. What is asked again has been open under the asking before."""
    said = row.opened_at and row.open_ask in {row.ask, row.ask - row.again}
    return datetime.fromtimestamp(row.opened_at, UTC) if said else None


def write_run(tx: Connection, cipher: Cipher, chat: int, before: Run, run: Run) -> None:
    """Writes what differs from the run as it was read; a new one where nothing was asked before."""
    values = {
        "flow": run.flow,
        "version": run.version,
        "language": run.language,
        "place": run.place,
        "ask": run.ask,
        "passed": " ".join(sorted(run.passed)),
        "changing": run.changing,
        "left": run.left,
        "held": _locked(cipher, run),
        "seen_at": int(run.seen_at.timestamp()) if run.seen_at else 0,
        "again": run.again,
        "campaign": run.campaign,
    }
    if before.ask:
        _KEEP_RUN.run(tx, {"of_run": run.id, **{f"new_{name}": value for name, value in values.items()}})
    else:
        _BEGIN_RUN.run(tx, {"id": run.id, "chat": chat, **values})
    _write_answers(tx, cipher, run.id, before.answers, run.answers)


def _write_answers(
    tx: Connection, cipher: Cipher, run: str, before: Mapping[str, Answer], after: Mapping[str, Answer]
) -> None:
    for question in before.keys() - after.keys():
        _UNANSWER.run(tx, {"of_run": run, "asked": question})
    for question, given in after.items():
        if before.get(question) != given:
            said = cipher.lock(_SAID.dump_json(given.said).decode()) if given.said else None
            if question in before:
                anew = {"of_run": run, "asked": question, "new_choice": given.choice, "new_said": said}
                _ANSWER_ANEW.run(tx, anew)
            else:
                _ANSWER.run(tx, {"run": run, "question": question, "choice": given.choice, "said": said})
