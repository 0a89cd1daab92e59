"""The double envelope: a run's answers become a response that leads back to nobody.

It goes into the waiting inbox of its campaign. Many others are written anew with it, in random order: PostgreSQL shows
the transaction that wrote a row, SQLite's pages where the newest rows went. The receipt, which stands only in the
respondent's chat, can take it out again.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select

from flows.errors import FlowUnknown
from flows.loader import load
from flows.models import Answer, Run, Said
from flows.text.redaction import SURE, scrubbed
from storage.anonymity import participation
from storage.anonymity.schema import earlier, random_id, shuffled, waiting
from storage.campaigns.repository import GENERAL, count_people, lock_campaign
from storage.db.database import Database
from storage.db.encryption import Cipher
from storage.db.statements import Ready
from storage.errors import SentAlready

CHOICES = ""  # the part of a response that holds its choices; its other parts are comments, named by their question
MOST_COMMENTS = 32  # parts that a receipt is tried on
TOGETHER = 64  # responses written at once, comments and all: as many as marks of who took part
BEFORE_ALL, AFTER_ALL = "", "g"  # ids are hexadecimal

_BETWEEN = (
    waiting.c.campaign == bindparam("of_campaign"),
    waiting.c.id > bindparam("low"),
    waiting.c.id <= bindparam("high"),
)
_LAST = select(waiting.c.id).where(*_BETWEEN, waiting.c.question == CHOICES).order_by(waiting.c.id)
_LAST_OF = Ready(_LAST.limit(1).offset(bindparam("skipped")))
_TAKE = Ready(delete(waiting).where(*_BETWEEN).returning(waiting))
_PUT = Ready(insert(waiting), *waiting.c.keys())


@dataclass(frozen=True, slots=True)
class Part:
    """The choices of a response, or one of its comments: sealed, with its own mark of the receipt."""

    campaign: str
    question: str
    content: bytes
    receipt: bytes


def seal(tx: Connection, cipher: Cipher, run: Run, chat: int, answers: Mapping[str, str | None], receipt: str) -> None:
    """Puts a response into the inbox of the run's campaign, and notes that this chat took part.

    `answers` maps question ids to a choice's id or words; None: skipped; absent: not asked. The receipt itself is not
    kept, only keyed hashes of it. The run's own rows are erased by whoever calls this, in the same transaction.

    In a campaign other than `general` there is one response a chat, or each release could be of fewer people than of
    responses. Raises `SentAlready`, and then the transaction must be given up.
    """
    campaign = lock_campaign(tx, run.campaign)
    is_new = participation.note(tx, cipher, campaign, chat)
    if not is_new and campaign.code != GENERAL:
        raise SentAlready
    put_in(tx, campaign.code, parts_of(cipher, run, answers, marks_of(cipher, receipt)))
    if is_new:
        count_people(tx, campaign.code, 1)


def parts_of(cipher: Cipher, run: Run, answers: Mapping[str, str | None], marks: list[bytes]) -> list[Part]:
    """The parts that nothing but the receipt holds together: the choices, and each comment by itself."""
    asked = load(run.flow).flow.by_id
    words = {question: said for question, said in answers.items() if asked[question].kind == "text"}
    choices = {question: choice for question, choice in answers.items() if question not in words}
    of = {"flow": run.flow, "version": run.version, "language": run.language}
    contents = [(CHOICES, of | {"answers": choices})]
    contents += [(question, of | {"said": _seen(run, question, said)}) for question, said in words.items() if said]
    sealed = [(question, cipher.seal(json.dumps(content, ensure_ascii=False))) for question, content in contents]
    return [Part(run.campaign, *one, mark) for one, mark in zip(sealed, marks[: len(sealed)], strict=True)]


def words_of(content: Mapping[str, Any]) -> str:
    """The words of a sealed comment, once more without what is surely somebody's own, unless they chose to keep it:
    what finds it may have learned something since they were sealed.
    """
    if "said" not in content:  # an earlier version sealed it: nobody knows any more what they chose to keep
        return str(content["words"])
    return "\n".join(_scrubbed(words, whole=whole) for words, whole in content["said"])


def _seen(run: Run, question: str, words: str) -> list[tuple[str, bool]]:
    """An answer's words as they are sealed, part by part: nobody asks any more. With each: is it kept as typed?"""
    given = run.answers.get(question) or Answer(said=(Said(words),))
    return [(_scrubbed(part.words, whole=part.whole), part.whole) for part in given.said]


def _scrubbed(words: str, *, whole: bool) -> str:
    return words if whole else scrubbed(words, SURE)


def put_in(tx: Connection, campaign: str, parts: list[Part]) -> None:
    """Adds to a campaign's inbox, among others that are written anew. The campaign must be locked.

    Ids are random; which part stands under which of them is drawn anew, for all that are written.
    """
    there = _others(tx, campaign)
    ids = [*(one.id for one in there), *(random_id() for _ in parts)]
    written = shuffled([*parts, *(Part(campaign, one.question, one.content, one.receipt) for one in there)])
    rows = [
        {"id": one, "campaign": campaign, "question": part.question, "content": part.content, "receipt": part.receipt}
        for one, part in zip(ids, written, strict=True)
    ]
    if rows:
        _PUT.each(tx, rows)


def _others(tx: Connection, campaign: str) -> list[Any]:
    """Takes the choices of as many responses out as are written at once, and the comments that stand between them; all
    that wait, where there are no more.

    They are those from a random id on, and from the first where the ids end: a fair sample of all that wait.
    """
    start, found, wanted = random_id(), list[Any](), TOGETHER - 1
    for low, high in ((start, AFTER_ALL), (BEFORE_ALL, start)):
        if wanted:
            within = {"of_campaign": campaign, "low": low}
            last = _LAST_OF.one(tx, within | {"high": high, "skipped": wanted - 1})
            taken = _TAKE.all(tx, within | {"high": last.id if last else high})
            wanted -= sum(one.question == CHOICES for one in taken)
            found += taken
    return found


def marks_of(cipher: Cipher, receipt: str, own: bytes | None = None) -> list[bytes]:
    """The keyed hashes that the parts may carry: first the choices' (`own`, where the receipt is not known any more),
    then the comments'.
    """
    return [own or cipher.mark(receipt), *(cipher.mark(f"{receipt} {number}") for number in range(1, MOST_COMMENTS))]


# @@DOC Responses that a worker of an earlier version wrote, in the clear and one by one: they are sealed like all others.
def seal_earlier(database: Database) -> int:
    """Seals them into the inbox of `general`. How many there were. They count as nobody's towards its next release: how
    many people sent them is not known.

    Those of a flow that this version does not know stay as they are, for one that knows it.
    """
    with database.transaction() as tx:
        flows = tx.execute(select(earlier.c.flow).distinct()).scalars()
        known = [flow for flow in flows if _is_known(flow)]
        if not known:
            return 0
        lock_campaign(tx, GENERAL)
        gone = delete(earlier).where(earlier.c.flow.in_(known)).returning(earlier)
        rows = tx.execute(gone).all()
        put_in(tx, GENERAL, [part for row in rows for part in _parts(database.cipher, row)])
    database.settle()
    database.tidy()
    return len(rows)


def _is_known(flow: str) -> bool:
    try:
        load(flow)
    except FlowUnknown:
        return False
    return True


def _parts(cipher: Cipher, row: Row[tuple[object, ...]]) -> list[Part]:
    run = Run("", row.flow, row.version, row.language)
    return parts_of(cipher, run, json.loads(row.answers), marks_of(cipher, row.receipt.hex(), row.receipt))
