"""Reads and writes runs as rows. Typed text is encrypted.

Relies on `storage.db.statements`, as every turn runs these statements.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import BindParameter, bindparam, delete, insert, select, update

from flows.models import Answer, AnswerText, PendingConfirmation, PendingText, Run
from flows.schema import REVIEW, WELCOME
from storage.anonymity.participation import has_participated, list_participated_campaigns
from storage.campaigns.repository import GENERAL_CAMPAIGN, find_campaign, find_campaign_info, load_campaigns
from storage.db.encryption import Cipher
from storage.db.schema import answers as answer_rows
from storage.db.schema import runs
from storage.db.session import Session
from storage.db.statements import PreparedStatement


@dataclass(frozen=True, slots=True)
class _StoredPending(PendingText):
    """The run's `pending_text` and `confirmation`, in one column."""

    confirmation: PendingConfirmation | None = None


_TEXTS_ADAPTER: TypeAdapter[tuple[AnswerText, ...]] = TypeAdapter(tuple[AnswerText, ...])
_PENDING_ADAPTER: TypeAdapter[_StoredPending] = TypeAdapter(_StoredPending)

_WANTED_RUN_ID: BindParameter[str] = bindparam("wanted_run_id")
_WANTED_QUESTION: BindParameter[str] = bindparam("wanted_question")
_LOAD_ANSWERS = PreparedStatement(select(answer_rows).where(answer_rows.c.run_id == _WANTED_RUN_ID))
_DELETE_ANSWER = PreparedStatement(
    delete(answer_rows).where(answer_rows.c.run_id == _WANTED_RUN_ID, answer_rows.c.question == _WANTED_QUESTION)
)
_INSERT_RUN = PreparedStatement(insert(runs), *runs.c.keys())
_UPDATE_RUN = PreparedStatement(
    update(runs)
    .where(runs.c.id == _WANTED_RUN_ID)
    .values({name: bindparam(f"new_{name}") for name in runs.c.keys() if name not in {"id", "chat_id"}})  # noqa: SIM118
)
_INSERT_ANSWER = PreparedStatement(insert(answer_rows), *answer_rows.c.keys())
_UPDATE_ANSWER = PreparedStatement(
    update(answer_rows)
    .where(answer_rows.c.run_id == _WANTED_RUN_ID, answer_rows.c.question == _WANTED_QUESTION)
    .values(choice=bindparam("new_choice"), texts=bindparam("new_texts"))
)


def read_run(session: Session, row: Any) -> Run:
    """Makes the run of this row, which joins `runs` with its chat.

    Raises `StorageUnreadableError` or pydantic's `ValidationError` where its data can't be read.
    """
    pending = _read_pending(session.cipher, row.pending_text)
    return Run(
        id=row.id,
        flow=row.flow,
        version=row.version,
        language=row.language,
        step=row.step,
        prompt=row.prompt,
        answers=_read_answers(session, row.id),
        passed_forks=frozenset(row.passed_forks.split()),
        is_changing=bool(row.is_changing),
        resume_step=row.resume_step,
        pending_text=_pending_text_from_stored(pending),
        confirmation=pending.confirmation,
        seen_at=datetime.fromtimestamp(row.seen_at, UTC),
        is_prompted_again=bool(row.is_prompted_again),
        campaign=row.campaign,
        campaign_info=find_campaign_info(session, row.campaign),
        prompted_at=_prompted_at(row),
        has_responded=_needs_response_check(row) and has_responded(session, row.campaign, row.chat_id),
    )


def write_run(session: Session, chat_id: int, old_run: Run, run: Run) -> None:
    """Updates the rows of a run that was read as `old_run`, or inserts them if it had no prompt yet."""
    values = {
        "flow": run.flow,
        "version": run.version,
        "language": run.language,
        "step": run.step,
        "prompt": run.prompt,
        "passed_forks": " ".join(sorted(run.passed_forks)),
        "is_changing": run.is_changing,
        "resume_step": run.resume_step,
        "pending_text": _encrypt_pending(session.cipher, run),
        "seen_at": int(run.seen_at.timestamp()) if run.seen_at else 0,
        "is_prompted_again": run.is_prompted_again,
        "campaign": run.campaign,
    }
    if old_run.prompt:
        _UPDATE_RUN.execute(
            session, {"wanted_run_id": run.id, **{f"new_{name}": value for name, value in values.items()}}
        )
    else:
        _INSERT_RUN.execute(session, {"id": run.id, "chat_id": chat_id, **values})
    _write_answers(session, run.id, old_run.answers, run.answers)


def has_responded(session: Session, campaign: str, chat_id: int) -> bool:
    """Whether this chat has sent answers to the campaign before; for the general campaign, to any campaign."""
    if campaign == GENERAL_CAMPAIGN:
        return bool(list_participated_campaigns(session, load_campaigns(session), chat_id))
    return bool(campaign) and has_participated(session, find_campaign(session, campaign), chat_id)


def _read_answers(session: Session, run_id: str) -> Mapping[str, Answer]:
    answers = {}
    for row in _LOAD_ANSWERS.fetch_all(session, {"wanted_run_id": run_id}):
        texts = _TEXTS_ADAPTER.validate_json(session.cipher.decrypt(row.texts)) if row.texts else ()
        answers[row.question] = Answer(row.choice, texts)
    return MappingProxyType(answers)


def _write_answers(
    session: Session, run_id: str, old_answers: Mapping[str, Answer], new_answers: Mapping[str, Answer]
) -> None:
    for question in old_answers.keys() - new_answers.keys():
        _DELETE_ANSWER.execute(session, {"wanted_run_id": run_id, "wanted_question": question})
    for question, answer in new_answers.items():
        old_answer = old_answers.get(question)
        if old_answer is None:
            values = {"run_id": run_id, "question": question, "choice": answer.choice}
            _INSERT_ANSWER.execute(session, {**values, "texts": _encrypt_texts(session.cipher, answer)})
        elif old_answer != answer:
            values = {"wanted_run_id": run_id, "wanted_question": question, "new_choice": answer.choice}
            _UPDATE_ANSWER.execute(session, {**values, "new_texts": _encrypt_texts(session.cipher, answer)})


def _encrypt_texts(cipher: Cipher, answer: Answer) -> bytes | None:
    return cipher.encrypt(_TEXTS_ADAPTER.dump_json(answer.texts).decode()) if answer.texts else None


def _read_pending(cipher: Cipher, encrypted: bytes | None) -> _StoredPending:
    return _PENDING_ADAPTER.validate_json(cipher.decrypt(encrypted)) if encrypted else _StoredPending("")


def _pending_text_from_stored(pending: _StoredPending) -> PendingText | None:
    pending_text = PendingText(pending.text, pending.message_id, pending.candidates, pending.earlier_texts)
    return None if pending_text == PendingText("") else pending_text


def _encrypt_pending(cipher: Cipher, run: Run) -> bytes | None:
    if run.pending_text is None and run.confirmation is None:
        return None
    pending_text = run.pending_text or PendingText("")
    pending = _StoredPending(
        pending_text.text,
        pending_text.message_id,
        pending_text.candidates,
        pending_text.earlier_texts,
        run.confirmation,
    )
    return cipher.encrypt(_PENDING_ADAPTER.dump_json(pending).decode())


def _prompted_at(row: Any) -> datetime | None:
    """When the run's prompt was sent; None if it was not. A prompt that is repeated counts from the one before."""
    is_prompt_sent = row.opened_at and row.open_prompt in {row.prompt, row.prompt - row.is_prompted_again}
    return datetime.fromtimestamp(row.opened_at, UTC) if is_prompt_sent else None


def _needs_response_check(row: Any) -> bool:
    # It matters where a run begins, and where the run of a campaign ends.
    return bool(row.step == WELCOME or (row.step == REVIEW and row.campaign != GENERAL_CAMPAIGN))
