"""The walk that all bots of a comparison give: ours, as it goes through the look-alike, written down for the others."""

import json
from dataclasses import asdict, dataclass
from html import escape
from pathlib import Path

from bot.emulator import Lookalike, serving
from tests.support.phone import Message, Phone
from tests.support.running_bot import running
from tests.support.walkers import SEND, Walker, first_way, is_text, place_of, way_past


@dataclass(frozen=True, slots=True)
class Place:
    """What is asked (HTML), with which buttons, and which of them everybody taps."""

    text: str
    buttons: list[str]
    tapped: str


@dataclass(frozen=True, slots=True)
class Walk:
    """All places in order, and what is said in the end."""

    places: list[Place]
    end: str

    @property
    def labels(self) -> list[str]:
        return [one.tapped for one in self.places]

    def write(self, folder: Path) -> None:
        """As the peers read it."""
        (folder / "walk.json").write_text(json.dumps([asdict(one) for one in self.places]), "utf-8")
        (folder / "end.txt").write_text(self.end, "utf-8")


async def recorded(folder: Path) -> Walk:
    """One walk through our bot, from the first word to the summary."""
    lookalike = Lookalike()
    async with serving(lookalike) as url, running(lookalike, url, folder / "recorded.db"):
        walker = Walker(Phone(lookalike, 7))
        walker.phone.type("/start")
        message, places = await walker.phone.hears(), list[Place]()
        while (place := place_of(message)) != "check":
            label = way_past(message) if is_text(place) else first_way(place)
            places.append(_place(message, label))
            message = await walker.tap(label)
        places.append(_place(message, SEND))
        return Walk(places, escape((await walker.send()).text, quote=False))


def _place(message: Message, tapped: str) -> Place:
    return Place(escape(message.text, quote=False), message.buttons, tapped)
