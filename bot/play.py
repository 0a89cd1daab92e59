"""The walk in the terminal: the same turns, the same words, on a database that is thrown away at the end."""

import secrets
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from rich.console import Console
from rich.prompt import Prompt

from bot.inbound import Incoming
from bot.outbound import outbound
from bot.says import Alert, Button, Document, Download, Message, Page, Picture
from bot.speaking import voice
from bot.turns import take_turn
from bot.words import plain
from flows.buttons import read
from flows.machine import Walk
from flows.run import Commanded, Reply, Typed
from storage.database import Database, open_database
from storage.outbox import next_due, strike_off

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
