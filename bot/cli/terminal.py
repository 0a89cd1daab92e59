"""A flow on the operator's terminal: played as a chat, with the same turns and texts; and drawn as a Mermaid diagram.

A played run is stored in a database that is deleted at the end.
"""

import secrets
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from rich.console import Console
from rich.prompt import Prompt

from bot.handlers.turn import take_turn
from bot.render import render_event
from bot.render.localization import make_localizer, strip_tags
from bot.render.messages import Alert, Button, Document, ExportDocument, Message, PdfDocument, Photo
from bot.telegram.updates import IncomingUpdate
from flows.callback_data import parse_callback_data
from flows.models import Command, Reply, TextReply
from flows.schema import REVIEW, SENT, STOPPED, WELCOME
from flows.state_machine import Walk
from storage.conversations.outbox import acknowledge, load_next_entry
from storage.db.database import Database, open_database

TERMINAL_CHAT_ID = 1
FORWARD_ACTIONS = ("start", "answer", "skip", "go_on", "send_now", "send")


def play_flow(walk: Walk, language: str) -> None:
    """Runs the flow until the person leaves with Ctrl-C or Ctrl-D."""
    console = Console()
    console.print("Type a button's number, or words. Ctrl-D leaves.", style="dim")
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{Path(folder) / 'play.db'}")
        try:
            _run_conversation(console, database, walk.flow.id, language)
        except (EOFError, KeyboardInterrupt):
            console.print("\nUntil next time.", style="dim")
        finally:
            database.close()


def _run_conversation(console: Console, database: Database, flow_id: str, language: str) -> None:
    reply: Reply = Command("start")
    buttons: tuple[Button, ...] = ()
    for number in count(1):
        take_turn(
            database,
            IncomingUpdate(number, TERMINAL_CHAT_ID, reply, language, flow=flow_id, is_configured=True),
            reply,
            datetime.now(UTC),
        )
        for text, new_buttons in _deliver_entries(database):
            console.print(text, markup=False, highlight=False)
            buttons = new_buttons or buttons
        for position, button in enumerate(buttons, 1):
            console.print(f"  {position}. {button.text}", markup=False, highlight=False, style="cyan")
        reply = _parse_reply(Prompt.ask(">", console=console), buttons, number)


def _deliver_entries(database: Database) -> Iterator[tuple[str, tuple[Button, ...]]]:
    """Yields the messages of the turn as plain text, with their buttons."""
    while entry := load_next_entry(database, TERMINAL_CHAT_ID):
        content = entry.content
        localizer = make_localizer(content, "YOUR_BOT")
        for event in content.events:
            match render_event(event, localizer, secrets.token_urlsafe(12)):
                case Message() as message:
                    yield _format_plain(message.text), message.buttons
                case Photo() | PdfDocument() | ExportDocument() as attachment:
                    yield _format_plain(attachment.caption), ()
                case Document() as document:
                    yield f"{_format_plain(document.caption)}\n{document.text}", ()
                case Alert() as alert:
                    yield alert.text, ()
        acknowledge(database, entry, None, None)


def _parse_reply(text: str, buttons: tuple[Button, ...], message_id: int) -> Reply:
    if text.isdecimal() and 1 <= int(text) <= len(buttons):
        tap = parse_callback_data(buttons[int(text) - 1].callback_data)
        if tap:
            return tap
    return Command(text[1:].casefold()) if text.startswith("/") else TextReply(text, message_id)


def _format_plain(html: str) -> str:
    return f"\n{strip_tags(html)}\n"


def render_mermaid(walk: Walk) -> str:
    """Returns the main path as a Mermaid diagram: where each step leads if every question is shown and answered."""
    # All transitions would be hundreds of lines: too dense to read.
    lines = ["stateDiagram-v2", "    direction TB", f"    [*] --> {WELCOME}"]
    lines += [
        f"    {source} --> {target}: {' / '.join(actions)}"
        for (source, target), actions in _find_main_path(walk).items()
    ]
    lines += [f"    {REVIEW} --> {STOPPED}: stop", f"    {STOPPED} --> {REVIEW}: resume", f"    {SENT} --> [*]"]
    return "\n".join(lines)


def _find_main_path(walk: Walk) -> dict[tuple[str, str], list[str]]:
    path: dict[tuple[str, str], list[str]] = {}
    for action in FORWARD_ACTIONS:
        machine_event = walk.machine.events.get(action)
        for source, transitions in machine_event.transitions.items() if machine_event else ():
            for target in _find_next_step(walk, source, [str(transition.dest) for transition in transitions]):
                path.setdefault((source, target), []).append(action)
    positions = _number_steps(walk)
    return dict(sorted(path.items(), key=lambda item: (positions[item[0][0]], positions[item[0][1]])))


def _find_next_step(walk: Walk, source: str, targets: list[str]) -> list[str]:
    """Returns the nearest later step, as a list of one or none."""
    positions = _number_steps(walk)
    later_steps = {target for target in targets if positions[target] > positions[source]}
    return sorted(later_steps, key=positions.__getitem__)[:1]


def _number_steps(walk: Walk) -> dict[str, int]:
    names = [WELCOME, *walk.flow.steps_by_id, REVIEW, SENT, STOPPED]
    return {name: position for position, name in enumerate(names)}
