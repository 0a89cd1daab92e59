"""A run ↔ its rows: what was typed in it is locked."""

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
    """What waits for a word from the respondent, as it is kept. A version that knows no `beside` reads the rest."""

    confirmation: PendingConfirmation | None = None


_TEXTS_ADAPTER: TypeAdapter[tuple[AnswerText, ...]] = TypeAdapter(tuple[AnswerText, ...])
_PENDING_ADAPTER: TypeAdapter[_StoredPending] = TypeAdapter(_StoredPending)

# The statements of every turn are built once: building them costs more than running them.
_RUN_ID_PARAM: BindParameter[str] = bindparam("of_run")
_LOAD_ANSWERS = PreparedStatement(select(answer_rows).where(answer_rows.c.run_id == _RUN_ID_PARAM))
_DELETE_ANSWER = PreparedStatement(
    delete(answer_rows).where(answer_rows.c.run_id == _RUN_ID_PARAM, answer_rows.c.question == bindparam("asked"))
)
_INSERT_RUN = PreparedStatement(insert(runs), *runs.c.keys())
_UPDATE_RUN = PreparedStatement(
    update(runs)
    .where(runs.c.id == _RUN_ID_PARAM)
    .values({name: bindparam(f"new_{name}") for name in runs.c.keys() if name not in {"id", "chat_id"}})  # noqa: SIM118
)
_INSERT_ANSWER = PreparedStatement(insert(answer_rows), *answer_rows.c.keys())
_UPDATE_ANSWER = PreparedStatement(
    update(answer_rows)
    .where(answer_rows.c.run_id == _RUN_ID_PARAM, answer_rows.c.question == bindparam("asked"))
    .values(choice=bindparam("new_choice"), texts=bindparam("new_texts"))
)


def read_run(session: Session, row: Any) -> Run:
    """The run in this row, of `runs` and its chat. Raises `StorageUnusable` or pydantic's `ValidationError`."""
    stored_answers = _LOAD_ANSWERS.fetch_all(session, {"of_run": row.id})
    answers = {
        stored.question: Answer(
            stored.choice, _TEXTS_ADAPTER.validate_json(session.cipher.decrypt(stored.texts)) if stored.texts else ()
        )
        for stored in stored_answers
    }
    pending = (
        _PENDING_ADAPTER.validate_json(session.cipher.decrypt(row.pending_text))
        if row.pending_text
        else _StoredPending("")
    )
    return Run(
        id=row.id,
        flow=row.flow,
        version=row.version,
        language=row.language,
        step=row.step,
        prompt=row.prompt,
        answers=MappingProxyType(answers),
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


def _needs_response_check(row: Any) -> bool:
    """Whether it matters here if answers were sent before: where a walk begins, and where a campaign's ends."""
    return bool(row.step == WELCOME or (row.step == REVIEW and row.campaign != GENERAL_CAMPAIGN))


def has_responded(session: Session, campaign: str, chat_id: int) -> bool:
    """Whether this chat has sent answers to the campaign before; to any, where it comes without a link."""
    if campaign == GENERAL_CAMPAIGN:
        return bool(list_participated_campaigns(session, load_campaigns(session), chat_id))
    return bool(campaign) and has_participated(session, find_campaign(session, campaign), chat_id)


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
    """When what is open was said, as far as it was. What is asked again has been open under the asking before."""
    is_prompt_sent = row.opened_at and row.open_prompt in {row.prompt, row.prompt - row.is_prompted_again}
    return datetime.fromtimestamp(row.opened_at, UTC) if is_prompt_sent else None


def write_run(session: Session, chat_id: int, old_run: Run, run: Run) -> None:
    """Writes what differs from the run as it was read; a new one where nothing was asked before."""
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
        _UPDATE_RUN.execute(session, {"of_run": run.id, **{f"new_{name}": value for name, value in values.items()}})
    else:
        _INSERT_RUN.execute(session, {"id": run.id, "chat_id": chat_id, **values})
    _write_answers(session, run.id, old_run.answers, run.answers)


def _write_answers(
    session: Session, run_id: str, old_answers: Mapping[str, Answer], new_answers: Mapping[str, Answer]
) -> None:
    for question in old_answers.keys() - new_answers.keys():
        _DELETE_ANSWER.execute(session, {"of_run": run_id, "asked": question})
    for question, answer in new_answers.items():
        if old_answers.get(question) != answer:
            encrypted_texts = (
                session.cipher.encrypt(_TEXTS_ADAPTER.dump_json(answer.texts).decode()) if answer.texts else None
            )
            if question in old_answers:
                values = {"of_run": run_id, "asked": question, "new_choice": answer.choice, "new_texts": encrypted_texts}
                _UPDATE_ANSWER.execute(session, values)
            else:
                _INSERT_ANSWER.execute(
                    session, {"run_id": run_id, "question": question, "choice": answer.choice, "texts": encrypted_texts}
                )
