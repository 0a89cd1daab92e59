"""The walk in the terminal: the same turns, the same words, on a database that is thrown away at the end."""

import secrets
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from rich.console import Console
from rich.prompt import Prompt

from bot.handlers.turn import take_turn
from bot.render import outbound
from bot.render.localization import plain, voice
from bot.render.messages import Alert, Button, Document, Download, Message, Page, Picture
from bot.telegram.updates import Incoming
from flows.callback_data import read
from flows.models import Commanded, Reply, Typed
from flows.schema import CHECK, SENT, STOPPED, WELCOME
from flows.state_machine import Walk
from storage.conversations.outbox import next_due, strike_off
from storage.db.database import Database, open_database

CHAT = 1


def walk_through(walk: Walk, language: str) -> None:
    """Asks in the terminal until the person leaves with Ctrl-C or Ctrl-D."""
    console = Console()
    console.print("Type a button's number, or words. Ctrl-D leaves.", style="dim")
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{Path(folder) / 'play.db'}")
        try:
            _converse(console, database, walk.flow.id, language)
        except (EOFError, KeyboardInterrupt):
            console.print("\nUntil next time.", style="dim")
        finally:
            database.close()


def _converse(console: Console, database: Database, flow: str, language: str) -> None:
    reply: Reply = Commanded("start")
    buttons: tuple[Button, ...] = ()
    for number in count(1):
        take_turn(database, Incoming(number, CHAT, reply, language, flow=flow, named=True), reply, datetime.now(UTC))
        for said, asked in _said(database):
            console.print(said, markup=False, highlight=False)
            buttons = asked or buttons
        for position, button in enumerate(buttons, 1):
            console.print(f"  {position}. {button.text}", markup=False, highlight=False, style="cyan")
        reply = _reply(Prompt.ask(">", console=console), buttons, number)


def _said(database: Database) -> Iterator[tuple[str, tuple[Button, ...]]]:
    """What the turn left to be said, as plain text, with its buttons."""
    while due := next_due(database, CHAT):
        saying = due.saying
        speaking = voice(saying, "YOUR_BOT")
        for event in saying.events:
            match outbound(event, speaking, secrets.token_urlsafe(12)):
                case Message() as message:
                    yield _plain(message.text), message.buttons
                case Picture() | Page() | Download() as seen:
                    yield _plain(seen.caption), ()
                case Document() as document:
                    yield f"{_plain(document.caption)}\n{document.text}", ()
                case Alert() as alert:
                    yield alert.text, ()
        strike_off(database, due, None, None)


def _reply(typed: str, buttons: tuple[Button, ...], number: int) -> Reply:
    if typed.isdecimal() and 1 <= int(typed) <= len(buttons):
        tap = read(buttons[int(typed) - 1].data)
        if tap:
            return tap
    return Commanded(typed[1:].casefold()) if typed.startswith("/") else Typed(typed, number)


def _plain(html: str) -> str:
    return f"\n{plain(html)}\n"


# @@DOC The machine as a Mermaid diagram, drawn from the machine itself.
# @@
# @@ The whole walk has hundreds of transitions: too dense to read. Drawn is its main path.
# @@
FORWARD = ("start", "answer", "skip", "go_on", "send_now", "send")


def mermaid(walk: Walk) -> str:
    """The main path: from each place, where its ways forward lead when every question is shown and answered."""
    lines = ["stateDiagram-v2", "    direction TB", f"    [*] --> {WELCOME}"]
    lines += [f"    {source} --> {dest}: {' / '.join(ways)}" for (source, dest), ways in _main_path(walk).items()]
    lines += [f"    {CHECK} --> {STOPPED}: stop", f"    {STOPPED} --> {CHECK}: resume", f"    {SENT} --> [*]"]
    return "\n".join(lines)


def _main_path(walk: Walk) -> dict[tuple[str, str], list[str]]:
    path: dict[tuple[str, str], list[str]] = {}
    for way in FORWARD:
        event = walk.machine.events.get(way)
        for source, transitions in event.transitions.items() if event else ():
            for dest in _nearest(walk, source, [str(transition.dest) for transition in transitions]):
                path.setdefault((source, dest), []).append(way)
    order = _order(walk)
    return dict(sorted(path.items(), key=lambda item: (order[item[0][0]], order[item[0][1]])))


def _nearest(walk: Walk, source: str, dests: list[str]) -> list[str]:
    """The first place behind this one, if there is one: where the way leads when every question is shown."""
    order = _order(walk)
    onward = {dest for dest in dests if order[dest] > order[source]}
    return sorted(onward, key=order.__getitem__)[:1]


def _order(walk: Walk) -> dict[str, int]:
    names = [WELCOME, *walk.flow.by_id, CHECK, SENT, STOPPED]
    return {name: position for position, name in enumerate(names)}
