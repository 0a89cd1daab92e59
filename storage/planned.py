"""What a coordinator answered in the flow `open_campaign`, as a campaign to be opened."""

from collections.abc import Mapping
from datetime import date, timedelta

from storage.opening import Plan

DAYS = {"two_weeks": 14, "four_weeks": 28, "eight_weeks": 56, "three_months": 91}


def plan_of(answers: Mapping[str, str | None], organisation: str, today: date) -> Plan:
    """The plan. Line breaks are taken out: it stands in labels and on posters. Days are counted from today."""
    promise = _line(answers, "promise")
    return Plan(
        about=_line(answers, "about_what"),
        asker=_line(answers, "asker"),
        promise=promise,
        promised_by=_after(answers, "back_in", today) if promise else None,
        welcome=_line(answers, "welcome_line"),
        closes_on=_after(answers, "open_for", today),
        organisation=organisation,
    )


def one_line(words: str) -> str:
    """The words without line breaks, and without room around them or twice between them."""
    return " ".join(words.split())


def _line(answers: Mapping[str, str | None], question: str) -> str:
    return one_line(answers.get(question) or "")


def _after(answers: Mapping[str, str | None], question: str, today: date) -> date | None:
    """The day that was chosen; None where none was."""
    days = DAYS.get(answers.get(question) or "")
    return today + timedelta(days=days) if days else None
