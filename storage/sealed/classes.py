"""Which rows look alike: what tells people apart is shown only where at least *k* people share it. Pure.

Rolling up (L. Sweeney, k-anonymity, 2002; local recoding): a class of rows that is too small gives up one detail after
the other, in a fixed order, until enough rows share what is left. Each period is rolled up by itself, and its rows are
shown once it is over: so rows come in batches that are each safe, what is shown of one never changes with others that
come later, and whoever holds every download knows no more of a row than its period, which it shows. What was masked
once stays so: where somebody of a class takes theirs back, the others must not show by their going what it hid.

*k* does not hide what everybody in a class said alike (A. Machanavajjhala and others, l-diversity, 2007: recursive
(c, 2)-diversity, with c = 4). A question that four in five or more answered alike is not shown for that class. Were it
only where all did, its very absence would say so, and counts would say what it was.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

MASKED = "*"
NOT_ASKED = "not_asked"
SKIPPED = "skipped"
SAYS_NOTHING = {NOT_ASKED, SKIPPED}
ALIKE_FROM = 0.8  # of those who answered
Class = tuple[str, ...]  # one value for each detail: the one that is given up last comes first; the period ends it


@dataclass(slots=True)
class Tally:
    """What is known of the rows of one class: how many, and how often each question has which answer."""

    rows: int = 0
    answers: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, answers: Mapping[str, str]) -> None:
        """One more row: {question: answer}."""
        self.rows += 1
        for question, answer in answers.items():
            self.answers.setdefault(question, Counter())[answer] += 1

    def join(self, other: "Tally") -> None:
        """The other's rows, too."""
        self.rows += other.rows
        for question, answers in other.answers.items():
            self.answers.setdefault(question, Counter()).update(answers)

    def alike(self) -> frozenset[str]:
        """The questions that nearly all who answered them answered alike."""
        return frozenset(question for question, answers in self.answers.items() if is_alike(answers))


@dataclass(frozen=True, slots=True)
class Plan:
    """How each class is shown (one that is not there isn't shown at all); the questions that are not shown for it:
    {class as it is shown: questions}; and the `k` that this was settled with (None: it was not noted). `spoken`: up to
    which release the comments on each question are given out.
    """

    shown: Mapping[Class, Class] = field(default_factory=dict)
    hidden: Mapping[Class, frozenset[str]] = field(default_factory=dict)
    k: int | None = None
    spoken: Mapping[str, int] = field(default_factory=dict)


def plan(tallies: Mapping[Class, Tally], k: int, before: Plan | None = None) -> Plan:
    """How the classes of a download are shown, so that at least `k` rows look like any row.

    `before` is how they were shown with an earlier release: nothing is shown that it hid. The same tallies give the
    same plan: who asks for a download, or how often, changes nothing.
    """
    earlier = before or Plan()
    begun: Mapping[Class, Tally] = _as_shown(tallies, earlier) if before else tallies
    rolled: dict[Class, Class] = {}
    for period in sorted({one[-1] for one in begun} - {MASKED}):
        of = {one: begun[one] for one in begun if one[-1] == period}
        if _together(of, of).rows >= k:  # else too few are left of it
            rolled |= _of_period(of, k)
    shown = {one: rolled[start] for one in tallies if (start := earlier.shown.get(one, one)) in rolled}
    return Plan(shown, _hidden(begun, rolled, earlier), k)


def _as_shown(tallies: Mapping[Class, Tally], earlier: Plan) -> dict[Class, Tally]:
    """The classes as they were shown before; those that are new, as they are."""
    found: dict[Class, Tally] = defaultdict(Tally)
    for one, tally in tallies.items():
        found[earlier.shown.get(one, one)].join(tally)
    return found


def _hidden(tallies: Mapping[Class, Tally], shown: Mapping[Class, Class], earlier: Plan) -> dict[Class, frozenset[str]]:
    """The questions that are not shown for a class: answered alike there, or not shown before of some in it."""
    found: dict[Class, frozenset[str]] = {}
    together: dict[Class, set[Class]] = defaultdict(set)
    for one, as_shown in shown.items():
        together[as_shown].add(one)
    for as_shown, members in together.items():
        questions = _together(tallies, members).alike().union(*(earlier.hidden.get(one, ()) for one in members))
        if questions:
            found[as_shown] = questions
    return found


def is_alike(answers: Counter[str]) -> bool:
    """Whether nearly all who answered answered alike."""
    said = [many for answer, many in answers.items() if answer not in SAYS_NOTHING]
    return bool(said) and max(said) >= ALIKE_FROM * sum(said)


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
        whole.join(tallies[one])
    return whole
