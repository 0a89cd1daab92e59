"""Seals a response: a run's answers become parts that lead back to no one, in the pending inbox of the campaign.

Many rows of the inbox are rewritten with each response, in random order: PostgreSQL shows the transaction that wrote a
row, and SQLite's pages show where the newest rows went. The receipt, which only the respondent's chat holds, can
withdraw the response.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, delete, insert, select

from flows.loader import load_walk
from flows.models import Answer, AnswerText, Run
from flows.text.redaction import CERTAIN_KINDS, redact_identifiers
from storage.anonymity import participation
from storage.anonymity.schema import generate_random_id, pending_parts, shuffle
from storage.campaigns.repository import GENERAL_CAMPAIGN, add_participants, lock_campaign
from storage.db.encryption import Cipher
from storage.db.session import Session
from storage.db.statements import PreparedStatement
from storage.errors import AlreadySubmittedError

CHOICES_PART = ""  # the `question` of the part with a response's choices; that of a comment is its question's id
MAX_RECEIPT_PARTS = 32  # parts of a response that its receipt can find
REWRITE_BATCH_SIZE = 64  # responses written together, comments included: as many as hashes of `participation`
LOWEST_ID_BOUND, HIGHEST_ID_BOUND = "", "g"  # ids are hexadecimal

_IN_ID_RANGE = (
    pending_parts.c.campaign == bindparam("campaign_code"),
    pending_parts.c.id > bindparam("low"),
    pending_parts.c.id <= bindparam("high"),
)
_SELECT_CHOICES_IDS = (
    select(pending_parts.c.id)
    .where(*_IN_ID_RANGE, pending_parts.c.question == CHOICES_PART)
    .order_by(pending_parts.c.id)
)
_FIND_LAST_CHOICES_ID = PreparedStatement(_SELECT_CHOICES_IDS.limit(1).offset(bindparam("skipped")))
_TAKE_PARTS = PreparedStatement(delete(pending_parts).where(*_IN_ID_RANGE).returning(pending_parts))
_INSERT_PARTS = PreparedStatement(insert(pending_parts), *pending_parts.c.keys())


@dataclass(frozen=True, slots=True)
class ResponsePart:
    """The sealed choices of a response, or one sealed comment; each part has its own hash of the receipt."""

    campaign: str
    question: str
    content: bytes
    receipt_hash: bytes


def seal_response(session: Session, run: Run, chat_id: int, answers: Mapping[str, str | None], receipt: str) -> None:
    """Adds a response to the inbox of the run's campaign, and records that this chat took part.

    `answers` maps questions to a choice's id or a text, None if skipped; a question that was not asked is missing. Only
    keyed hashes of `receipt` are stored. The caller erases the run in the same transaction.

    A campaign other than `general` takes one response per chat: a release must not come from fewer people than
    responses. Raises `AlreadySubmittedError`; the transaction must be rolled back then.
    """
    campaign = lock_campaign(session, run.campaign)
    is_new = participation.record_participation(session, campaign, chat_id)
    if not is_new and campaign.code != GENERAL_CAMPAIGN:
        raise AlreadySubmittedError
    parts = build_parts(session.cipher, run, answers, hash_receipt(session.cipher, receipt))
    add_to_inbox(session, campaign.code, parts)
    if is_new:
        add_participants(session, campaign.code, 1)


def build_parts(
    cipher: Cipher, run: Run, answers: Mapping[str, str | None], receipt_hashes: list[bytes]
) -> list[ResponsePart]:
    """Seals the choices together and each comment by itself. Only the receipt connects them."""
    steps_by_id = load_walk(run.flow).flow.steps_by_id
    texts = {question: text for question, text in answers.items() if steps_by_id[question].kind == "text"}
    choices = {question: choice for question, choice in answers.items() if question not in texts}
    shared_content = {"flow": run.flow, "version": run.version, "language": run.language}
    contents: list[tuple[str, dict[str, Any]]] = [(CHOICES_PART, shared_content | {"answers": choices})]
    contents += [
        (question, shared_content | {"texts": _redact_answer(run, question, text)})
        for question, text in texts.items()
        if text
    ]
    return [
        ResponsePart(run.campaign, question, cipher.seal(json.dumps(content, ensure_ascii=False)), receipt_hash)
        for (question, content), receipt_hash in zip(contents, receipt_hashes[: len(contents)], strict=True)
    ]


def extract_comment_text(content: Mapping[str, Any]) -> str:
    """Returns the text of an unsealed comment, redacted again unless its author chose to keep it.

    Redaction may have improved since the comment was sealed.
    """
    return "\n".join(
        _redact_text(text, should_keep_original=should_keep_original) for text, should_keep_original in content["texts"]
    )


def add_to_inbox(session: Session, code: str, parts: list[ResponsePart]) -> None:
    """Adds parts to a campaign's inbox and rewrites others with them. The campaign must be locked.

    All parts that are written swap their random ids at random.
    """
    rewritten_rows = _take_rows_to_rewrite(session, code)
    ids = [*(row.id for row in rewritten_rows), *(generate_random_id() for _ in parts)]
    rewritten_parts = [ResponsePart(code, row.question, row.content, row.receipt_hash) for row in rewritten_rows]
    rows = [
        {
            "id": row_id,
            "campaign": code,
            "question": part.question,
            "content": part.content,
            "receipt_hash": part.receipt_hash,
        }
        for row_id, part in zip(ids, shuffle([*parts, *rewritten_parts]), strict=True)
    ]
    if rows:
        _INSERT_PARTS.execute_many(session, rows)


def hash_receipt(cipher: Cipher, receipt: str) -> list[bytes]:
    """Returns the keyed hashes for the parts of a response: the first is for the choices, the others for comments."""
    return [
        cipher.hash_token(receipt),
        *(cipher.hash_token(f"{receipt} {number}") for number in range(1, MAX_RECEIPT_PARTS)),
    ]


def _redact_answer(run: Run, question: str, text: str) -> list[tuple[str, bool]]:
    """Returns the texts of an answer as they are sealed, each with whether its author chose to keep it as typed."""
    answer = run.answers.get(question) or Answer(texts=(AnswerText(text),))
    return [
        (
            _redact_text(answer_text.text, should_keep_original=answer_text.should_keep_original),
            answer_text.should_keep_original,
        )
        for answer_text in answer.texts
    ]


def _redact_text(text: str, *, should_keep_original: bool) -> str:
    return text if should_keep_original else redact_identifiers(text, CERTAIN_KINDS)


def _take_rows_to_rewrite(session: Session, code: str) -> list[Any]:
    """Deletes and returns the choices of `REWRITE_BATCH_SIZE` - 1 responses, or of all if there are fewer, and the
    comments with ids in between.

    They are those that follow a random id, and after the last id the first ones: a fair sample of the inbox.
    """
    start_id, rows, missing_responses = generate_random_id(), list[Any](), REWRITE_BATCH_SIZE - 1
    for low, high in ((start_id, HIGHEST_ID_BOUND), (LOWEST_ID_BOUND, start_id)):
        if missing_responses:
            bounds = {"campaign_code": code, "low": low}
            last_row = _FIND_LAST_CHOICES_ID.fetch_one(
                session, bounds | {"high": high, "skipped": missing_responses - 1}
            )
            taken_rows = _TAKE_PARTS.fetch_all(session, bounds | {"high": last_row.id if last_row else high})
            missing_responses -= sum(row.question == CHOICES_PART for row in taken_rows)
            rows += taken_rows
    return rows
