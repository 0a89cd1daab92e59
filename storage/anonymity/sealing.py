"""The double envelope: a run's answers become a response that leads back to nobody.

It goes into the waiting inbox of its campaign. Many others are written anew with it, in random order: PostgreSQL shows
the transaction that wrote a row, SQLite's pages where the newest rows went. The receipt, which stands only in the
respondent's chat, can take it out again.
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

CHOICES_PART = (
    ""  # the part of a response that holds its choices; its other parts are comments, named by their question
)
MAX_RECEIPT_PARTS = 32  # parts that a receipt is tried on
REWRITE_BATCH_SIZE = 64  # responses written at once, comments and all: as many as marks of who took part
LOWEST_ID_BOUND, HIGHEST_ID_BOUND = "", "g"  # ids are hexadecimal

_IN_ID_RANGE = (
    pending_parts.c.campaign == bindparam("of_campaign"),
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
    """The choices of a response, or one of its comments: sealed, with its own mark of the receipt."""

    campaign: str
    question: str
    content: bytes
    receipt_hash: bytes


def seal_response(session: Session, run: Run, chat_id: int, answers: Mapping[str, str | None], receipt: str) -> None:
    """Puts a response into the inbox of the run's campaign, and notes that this chat took part.

    `answers` maps question ids to a choice's id or words; None: skipped; absent: not asked. The receipt itself is not
    kept, only keyed hashes of it. The run's own rows are erased by whoever calls this, in the same transaction.

    In a campaign other than `general` there is one response a chat, or each release could be of fewer people than of
    responses. Raises `SentAlready`, and then the transaction must be given up.
    """
    campaign = lock_campaign(session, run.campaign)
    is_new = participation.record_participation(session, campaign, chat_id)
    if not is_new and campaign.code != GENERAL_CAMPAIGN:
        raise AlreadySubmittedError
    add_to_inbox(
        session, campaign.code, build_parts(session.cipher, run, answers, hash_receipt(session.cipher, receipt))
    )
    if is_new:
        add_participants(session, campaign.code, 1)


def build_parts(
    cipher: Cipher, run: Run, answers: Mapping[str, str | None], receipt_hashes: list[bytes]
) -> list[ResponsePart]:
    """The parts that nothing but the receipt holds together: the choices, and each comment by itself."""
    steps_by_id = load_walk(run.flow).flow.steps_by_id
    texts = {question: text for question, text in answers.items() if steps_by_id[question].kind == "text"}
    choices = {question: choice for question, choice in answers.items() if question not in texts}
    shared_content = {"flow": run.flow, "version": run.version, "language": run.language}
    contents = [(CHOICES_PART, shared_content | {"answers": choices})]
    contents += [
        (question, shared_content | {"said": _redact_answer(run, question, said)})
        for question, said in texts.items()
        if said
    ]
    sealed_parts = [(question, cipher.seal(json.dumps(content, ensure_ascii=False))) for question, content in contents]
    return [
        ResponsePart(run.campaign, *question_and_content, receipt_hash)
        for question_and_content, receipt_hash in zip(sealed_parts, receipt_hashes[: len(sealed_parts)], strict=True)
    ]


def extract_comment_text(content: Mapping[str, Any]) -> str:
    """The words of a sealed comment, once more without what is surely somebody's own, unless they chose to keep it:
    what finds it may have learned something since they were sealed.
    """
    if "said" not in content:  # an earlier version sealed it: nobody knows any more what they chose to keep
        return str(content["words"])
    return "\n".join(_redact_text(text, keeps_original=keeps_original) for text, keeps_original in content["said"])


def _redact_answer(run: Run, question: str, text: str) -> list[tuple[str, bool]]:
    """An answer's words as they are sealed, part by part: nobody asks any more. With each: is it kept as typed?"""
    answer = run.answers.get(question) or Answer(texts=(AnswerText(text),))
    return [
        (_redact_text(answer_text.text, keeps_original=answer_text.keeps_original), answer_text.keeps_original)
        for answer_text in answer.texts
    ]


def _redact_text(text: str, *, keeps_original: bool) -> str:
    return text if keeps_original else redact_identifiers(text, CERTAIN_KINDS)


def add_to_inbox(session: Session, code: str, parts: list[ResponsePart]) -> None:
    """Adds to a campaign's inbox, among others that are written anew. The campaign must be locked.

    Ids are random; which part stands under which of them is drawn anew, for all that are written.
    """
    rewritten_rows = _take_rows_to_rewrite(session, code)
    ids = [*(one.id for one in rewritten_rows), *(generate_random_id() for _ in parts)]
    shuffled_parts = shuffle(
        [*parts, *(ResponsePart(code, one.question, one.content, one.receipt_hash) for one in rewritten_rows)]
    )
    rows = [
        {
            "id": row,
            "campaign": code,
            "question": part.question,
            "content": part.content,
            "receipt_hash": part.receipt_hash,
        }
        for row, part in zip(ids, shuffled_parts, strict=True)
    ]
    if rows:
        _INSERT_PARTS.execute_many(session, rows)


def _take_rows_to_rewrite(session: Session, code: str) -> list[Any]:
    """Takes the choices of as many responses out as are written at once, and the comments that stand between them; all
    that wait, where there are no more.

    They are those from a random id on, and from the first where the ids end: a fair sample of all that wait.
    """
    start_id, rows, missing_responses = generate_random_id(), list[Any](), REWRITE_BATCH_SIZE - 1
    for low, high in ((start_id, HIGHEST_ID_BOUND), (LOWEST_ID_BOUND, start_id)):
        if missing_responses:
            bounds = {"of_campaign": code, "low": low}
            last_row = _FIND_LAST_CHOICES_ID.fetch_one(
                session, bounds | {"high": high, "skipped": missing_responses - 1}
            )
            taken_rows = _TAKE_PARTS.fetch_all(session, bounds | {"high": last_row.id if last_row else high})
            missing_responses -= sum(row.question == CHOICES_PART for row in taken_rows)
            rows += taken_rows
    return rows


def hash_receipt(cipher: Cipher, receipt: str) -> list[bytes]:
    """Returns the keyed hashes that the parts of a response carry: first the choices', then the comments'."""
    return [
        cipher.hash_token(receipt),
        *(cipher.hash_token(f"{receipt} {number}") for number in range(1, MAX_RECEIPT_PARTS)),
    ]
