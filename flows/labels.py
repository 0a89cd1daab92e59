"""What buttons say in one language, as data: what typed replies are read against."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Label:
    """What a button says, and what else a person may type for it. All in one language."""

    text: str
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Labels:
    """One language's labels, as data: what typed replies are read against.

    `choices` maps a place's id and a choice's id to a label; `ways` maps the buttons of the walk (skip, back …).
    `distress` are words that are answered at once by who to ring; fillers (*well*, *love*) say nothing by themselves.
    """

    choices: Mapping[str, Mapping[str, Label]]
    ways: Mapping[str, Label]
    distress: tuple[str, ...] = ()
    filler_before: tuple[str, ...] = ()
    filler_after: tuple[str, ...] = ()
