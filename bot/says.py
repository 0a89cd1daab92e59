"""What can be said: messages, pictures, files, edits, alerts. Values only; the sender puts them into calls."""

from dataclasses import dataclass

from bot.pictures.card import Card


@dataclass(frozen=True, slots=True)
class Button:
    """An inline button, one a row. It carries data, or opens an address."""

    text: str
    data: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """A new message at the bottom of the chat. `ask`: its buttons ask for a reply, under this number."""

    text: str
    buttons: tuple[Button, ...] = ()
    ask: int | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a result, with the same said in words under it."""

    card: Card
    caption: str


@dataclass(frozen=True, slots=True)
class Document:
    """A file of plain text, and what is said with it."""

    name: str
    text: str
    caption: str


@dataclass(frozen=True, slots=True)
class Edit:
    """The message of an asking loses its buttons, and changes its text unless that is None."""

    ask: int
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Alert:
    """A box that a screen reader reads out (a toast it would not), 200 characters at most."""

    text: str


New = Message | Picture | Document
Say = New | Edit | Alert
