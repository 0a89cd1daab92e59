"""Which rows look alike: what tells people apart is shown only where at least *k* people share it. Pure.

Rolling up (L. Sweeney, k-anonymity, 2002; local recoding): a class of rows that is too small gives up one detail after
the other, in a fixed order, until enough rows share what is left. *k* alone does not hide what everybody in a class
said alike; so a class counts as large enough only where each question has two answers or more (A. Machanavajjhala,
l-diversity, 2007, with l = 2).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

MASKED = "*"
NOT_ASKED = "not_asked"
SKIPPED = "skipped"
Class = tuple[str, ...]  # one value for each of the details, in their order: the one that is given up last comes first


@dataclass(slots=True)
class Tally:
    """What is known of the rows of one class: how many, and which answers each question has."""

    rows: int = 0
    answers: dict[str, set[str]] = field(default_factory=dict)

    def add(self, answers: Mapping[str, str]) -> None:
        """One more row: {question: answer}."""
        self.rows += 1
        for question, answer in answers.items():
            self.answers.setdefault(question, set()).add(answer)

    def alike(self) -> set[str]:
        """The questions that all rows answer alike. That none was asked says nothing of anybody."""
        return {one for one, answers in self.answers.items() if len(answers) == 1 and answers != {NOT_ASKED}}


@dataclass(frozen=True, slots=True)
class Plan:
    """How each class is shown (one that is not there isn't shown at all), and columns that are masked altogether."""

    shown: Mapping[Class, Class]
    hidden: frozenset[str] = frozenset()


def plan(tallies: Mapping[Class, Tally], k: int) -> Plan:
    """How the classes of a download are shown, so that at least `k` rows look like any row. {} where there are too few.

    The same tallies give the same plan: who asks for a download, or how often, changes nothing.
    """
    if sum(tally.rows for tally in tallies.values()) < k:
        return Plan({})
    shown: dict[Class, Class] = {}
    left = set(tallies)
    for given_up in range(len(next(iter(tallies)))):
        for as_shown, members in _grouped(left, given_up).items():
            if _is_enough(_together(tallies, members), k):
                shown |= dict.fromkeys(members, as_shown)
                left -= set(members)
    return _with_the_rest(shown, left, tallies, k)


def _with_the_rest(shown: dict[Class, Class], left: set[Class], tallies: Mapping[Class, Tally], k: int) -> Plan:
    """What is left shows nothing; the smallest classes join it until there are enough."""
    while left and shown and not _is_enough(_together(tallies, left), k):
        groups: dict[Class, set[Class]] = defaultdict(set)
        for member, as_shown in shown.items():
            groups[as_shown].add(member)
        least = min(groups, key=lambda one: (_together(tallies, groups[one]).rows, one))
        left |= groups[least]
        shown = {member: as_shown for member, as_shown in shown.items() if as_shown != least}
    nothing = (MASKED,) * len(next(iter(tallies)))
    whole = _together(tallies, left)
    return Plan(shown | dict.fromkeys(left, nothing), frozenset(whole.alike()) if left and not shown else frozenset())


def _grouped(classes: Iterable[Class], given_up: int) -> dict[Class, list[Class]]:
    """The classes by what is left of them without their last so many details."""
    found: dict[Class, list[Class]] = defaultdict(list)
    for one in sorted(classes):
        found[(*one[: len(one) - given_up], *(MASKED,) * given_up)].append(one)
    return found


def _together(tallies: Mapping[Class, Tally], members: Iterable[Class]) -> Tally:
    whole = Tally()
    for one in members:
        whole.rows += tallies[one].rows
        for question, answers in tallies[one].answers.items():
            whole.answers.setdefault(question, set()).update(answers)
    return whole


def _is_enough(tally: Tally, k: int) -> bool:
    return tally.rows >= k and not tally.alike()
