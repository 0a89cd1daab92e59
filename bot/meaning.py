"""Typed words that stand for something else: a button of a yes or no that waits, or a link that was pasted."""

import re
from datetime import date

from sqlalchemy import Connection

from bot.linking import code_in
from bot.together.asking import BEFORE
from flows.confirming import pressed
from flows.definition import WELCOME
from flows.machine import Walk
from flows.run import Commanded, Reply, Run, Typed
from flows.typed import labels_of
from storage.links import PLAIN, find
from storage.results import results_at

_BARE = re.compile(r"(?:/?start\s+)?([\w-]{1,64})", re.IGNORECASE)  # a code by itself, or as it stands after /start


def meant(tx: Connection, walk: Walk, run: Run, reply: Reply, today: date) -> Reply:
    """The command or tap that these typed words stand for; else the reply as it is. Links are looked for at the
    welcome only: further on, words are answers.
    """
    if not isinstance(reply, Typed):
        return reply
    code = _code(tx, reply.words, today) if run.place == WELCOME else None
    return Commanded("start", code) if code else pressed(run, reply, labels_of(walk, run))


def _code(tx: Connection, words: str, today: date) -> str | None:
    """The code in a link, whether anybody knows it or not; a bare one only where it is known."""
    bare = _BARE.fullmatch(words.strip())
    if bare is None or bare[1].casefold() in PLAIN:
        return code_in(words)
    code = bare[1].casefold()
    if code.startswith(BEFORE):
        return code if results_at(tx, code[len(BEFORE) :]) else None
    return None if find(tx, code, today).fault == "link_unknown" else code
