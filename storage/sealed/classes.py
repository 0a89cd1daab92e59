"""Which rows look alike: what tells people apart is shown only where at least *k* people share it. Pure.

Rolling up (L. Sweeney, k-anonymity, 2002; local recoding): a class of rows that is too small gives up one detail after
the other, in a fixed order, until enough rows share what is left. Each period is rolled up by itself, and its rows are
shown once it is over: so rows come in batches that are each safe, what is shown of one never changes with others that
come later, and whoever holds every download knows no more of a row than its period, which it shows.

*k* does not hide what everybody in a class said alike (A. Machanavajjhala, l-diversity, 2007): such a question is not
shown for that class.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

MASKED = "*"
NOT_ASKED = "not_asked"
SKIPPED = "skipped"
SAYS_NOTHING = {NOT_ASKED, SKIPPED}
Class = tuple[str, ...]  # one value for each detail: the one that is given up last comes first; the period ends it


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

    def alike(self) -> frozenset[str]:
        """The questions that all who answered them answered alike."""
        return frozenset(one for one, answers in self.answers.items() if len(answers - SAYS_NOTHING) == 1)


@dataclass(frozen=True, slots=True)
class Plan:
    """How each class is shown (one that is not there isn't shown at all); the questions that are not shown for it:
    {class as it is shown: questions}; and the `k` that this was settled with (None: it was not noted).
    """

    shown: Mapping[Class, Class]
    hidden: Mapping[Class, frozenset[str]]
    k: int | None


def plan(tallies: Mapping[Class, Tally], k: int) -> Plan:
    """How the classes of a download are shown, so that at least `k` rows look like any row.

    The same tallies give the same plan: who asks for a download, or how often, changes nothing.
    """
    shown: dict[Class, Class] = {}
    for period in sorted({one[-1] for one in tallies} - {MASKED}):
        of = {one: tallies[one] for one in tallies if one[-1] == period}
        if _together(of, of).rows >= k:  # else too few are left of it
            shown |= _of_period(of, k)
    together: dict[Class, set[Class]] = defaultdict(set)
    for one, as_shown in shown.items():
        together[as_shown].add(one)
    alike = {as_shown: _together(tallies, members).alike() for as_shown, members in together.items()}
    return Plan(shown, {as_shown: questions for as_shown, questions in alike.items() if questions}, k)


def _of_period(tallies: Mapping[Class, Tally], k: int) -> dict[Class, Class]:
    """How the classes of one period are shown."""
    shown: dict[Class, Class] = {}
    left = set(tallies)
    for given_up in range(len(next(iter(tallies))) - 1):
        for as_shown, members in _grouped(left, given_up).items():
            if _together(tallies, members).rows >= k:
                shown |= dict.fromkeys(members, as_shown)
                left -= set(members)
    return _with_the_rest(shown, left, tallies, k)


def _with_the_rest(
    shown: dict[Class, Class], left: set[Class], tallies: Mapping[Class, Tally], k: int
) -> dict[Class, Class]:
    """What is left shows its period only; the smallest classes join it until there are enough."""
    while left and _together(tallies, left).rows < k:
        groups: dict[Class, set[Class]] = defaultdict(set)
        for member, as_shown in shown.items():
            groups[as_shown].add(member)
        least = min(groups, key=lambda one: (_together(tallies, groups[one]).rows, one))
        left |= groups[least]
        shown = {member: as_shown for member, as_shown in shown.items() if as_shown != least}
    return shown | {one: (*(MASKED,) * (len(one) - 1), one[-1]) for one in left}


def _grouped(classes: Iterable[Class], given_up: int) -> dict[Class, list[Class]]:
    """The classes by what is left of them without so many details before the period."""
    found: dict[Class, list[Class]] = defaultdict(list)
    for one in sorted(classes):
        *details, period = one
        found[(*details[: len(details) - given_up], *(MASKED,) * given_up, period)].append(one)
    return found


def _together(tallies: Mapping[Class, Tally], members: Iterable[Class]) -> Tally:
    whole = Tally()
    for one in members:
        whole.rows += tallies[one].rows
        for question, answers in tallies[one].answers.items():
            whole.answers.setdefault(question, set()).update(answers)
    return whole
