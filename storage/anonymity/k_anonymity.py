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
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from math import ceil

MASKED = "*"
NOT_ASKED = "not_asked"
SKIPPED = "skipped"
SAYS_NOTHING = {NOT_ASKED, SKIPPED}
ALIKE_FROM = 0.8  # of those who answered
FEW = 5  # of fewer, four in five are all
Answers = tuple[str, ...]  # to the questions with steps, in the flow's order
Class = tuple[str, ...]  # one value for each detail: the one that is given up last comes first; the period ends it


@dataclass(slots=True)
class Tally:
    """What is known of the rows of one class: how many, and how often each question has which answer."""

    rows: int = 0
    answers: dict[str, Counter[str]] = field(default_factory=dict)

    def join(self, other: "Tally") -> None:
        """The other's rows, too."""
        self.rows += other.rows
        for question, answers in other.answers.items():
            self.answers.setdefault(question, Counter()).update(answers)

    def alike(self) -> frozenset[str]:
        """The questions that nearly all who answered them answered alike."""
        return frozenset(question for question, answers in self.answers.items() if is_alike(answers))


Told = Mapping[str, Counter[str]]  # what counts say of questions not shown for a class: {question: {answer: n}}


@dataclass(frozen=True, slots=True)
class Plan:
    """How each class is shown (one that is not there isn't shown at all); the questions that are not shown for it, and
    what counts say of them, by the class as it is shown; and the `k` that this was settled with (None: not noted).

    `spoken`: up to which release the comments on each question are given out. `gone`: periods of which too few are left
    to be ever shown again.
    """

    shown: Mapping[Class, Class] = field(default_factory=dict)
    hidden: Mapping[Class, Told] = field(default_factory=dict)
    k: int | None = None
    spoken: Mapping[str, int] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()


def plan(tallies: Mapping[Class, Tally], k: int, before: Plan | None = None) -> Plan:
    """How the classes of a download are shown, so that at least `k` rows look like any row.

    `before` is how they were shown with an earlier release: nothing is shown that it hid. The same tallies give the
    same plan: who asks for a download, or how often, changes nothing.
    """
    earlier, gone = before or Plan(), set(before.gone if before else ())
    start = _as_shown(tallies, earlier)
    begun = grouped(tallies, start)
    rolled: dict[Class, Class] = {}
    for period in sorted({one[-1] for one in begun} - {MASKED} - gone):
        of = {one: begun[one] for one in begun if one[-1] == period}
        if _rows(of, of) >= k:
            rolled |= _of_period(of, k)
        else:
            gone.add(period)
    shown = {one: rolled[as_shown] for one, as_shown in start.items() if as_shown in rolled}
    return Plan(shown, _hidden(begun, rolled, earlier), k, gone=frozenset(gone))


def grouped(tallies: Mapping[Class, Tally], shown: Mapping[Class, Class]) -> dict[Class, Tally]:
    """The tallies by how their classes are shown; without those that are not."""
    found: dict[Class, list[Class]] = defaultdict(list)
    for one in tallies:
        if one in shown:
            found[shown[one]].append(one)
    return {as_shown: _together(tallies, members) for as_shown, members in found.items()}


def _as_shown(classes: Iterable[Class], earlier: Plan) -> dict[Class, Class]:
    """The classes as they were shown before; new ones as they are. Where a class of a known period is not known any
    more (the flow asks for other details now), it shows its period only.
    """
    known = {one[-1] for one in earlier.shown}
    return {one: earlier.shown.get(one, _masked(one) if one[-1] in known else one) for one in classes}


def _hidden(tallies: Mapping[Class, Tally], shown: Mapping[Class, Class], earlier: Plan) -> dict[Class, Told]:
    """The questions that are not shown for a class: nearly all agreed there, or they were not shown before of some in
    it. What counts say of those was settled then, and stays: counted anew, it would tell who agreed.
    """
    found: dict[Class, Told] = {}
    together: dict[Class, set[Class]] = defaultdict(set)
    for one, as_shown in shown.items():
        together[as_shown].add(one)
    for as_shown, members in together.items():
        whole, before = _together(tallies, members), {one: _hidden_before(one, earlier) for one in members}
        settled = {question for of in before.values() for question in of}
        counted: dict[str, Counter[str]] = {one: told(whole.answers[one]) for one in whole.alike() - settled}
        for question in settled:
            parts = (of.get(question, tallies[one].answers.get(question, Counter())) for one, of in before.items())
            counted[question] = sum(parts, Counter[str]())
        if counted:
            found[as_shown] = counted
    return found


def _hidden_before(one: Class, earlier: Plan) -> Told:
    """What was not shown of a class. Where its period was told by other details: all that was not shown of any in it,
    and nothing is counted.
    """
    others = (of for other, of in earlier.hidden.items() if other[-1] == one[-1] and len(other) != len(one))
    lost = {question: Counter[str]() for of in others for question in of}
    return {**lost, **earlier.hidden.get(one, {})}


def is_alike(answers: Counter[str]) -> bool:
    """Whether nearly all who answered answered alike. Fewer than five can't be told from all of them."""
    said = [many for answer, many in answers.items() if answer not in SAYS_NOTHING]
    return bool(said) and (sum(said) < FEW or max(said) >= ALIKE_FROM * sum(said))


def told(answers: Counter[str]) -> Counter[str]:
    """What is counted of a class in which nearly all answered alike: four in five of them, whether more agree or not,
    and none of fewer than five. Whoever subtracts the rows that are shown could else tell the rest.
    """
    said = Counter({answer: many for answer, many in answers.items() if answer not in SAYS_NOTHING})
    [(most, _)] = said.most_common(1)
    counted = ceil(ALIKE_FROM * said.total()) if said.total() >= FEW else 0
    return Counter({most: counted, SKIPPED: answers[SKIPPED]})


def _masked(one: Class) -> Class:
    return (*(MASKED,) * (len(one) - 1), one[-1])


def _of_period(tallies: Mapping[Class, Tally], k: int) -> dict[Class, Class]:
    """How the classes of one period are shown."""
    shown: dict[Class, Class] = {}
    left = set(tallies)
    for given_up in range(len(next(iter(tallies))) - 1):
        for as_shown, members in _grouped(left, given_up).items():
            if _rows(tallies, members) >= k:
                shown |= dict.fromkeys(members, as_shown)
                left -= set(members)
    return _with_the_rest(shown, left, tallies, k)


def _with_the_rest(
    shown: dict[Class, Class], left: set[Class], tallies: Mapping[Class, Tally], k: int
) -> dict[Class, Class]:
    """What is left shows its period only; the smallest classes join it until there are enough."""
    while left and _rows(tallies, left) < k:
        groups: dict[Class, set[Class]] = defaultdict(set)
        for member, as_shown in shown.items():
            groups[as_shown].add(member)
        least = min(groups, key=lambda one: (_rows(tallies, groups[one]), one))
        left |= groups[least]
        shown = {member: as_shown for member, as_shown in shown.items() if as_shown != least}
    return shown | {one: _masked(one) for one in left}


def _grouped(classes: Iterable[Class], given_up: int) -> dict[Class, list[Class]]:
    """The classes by what is left of them without so many details before the period."""
    found: dict[Class, list[Class]] = defaultdict(list)
    for one in sorted(classes):
        *details, period = one
        found[(*details[: len(details) - given_up], *(MASKED,) * given_up, period)].append(one)
    return found


def _rows(tallies: Mapping[Class, Tally], members: Iterable[Class]) -> int:
    return sum(tallies[one].rows for one in members)


def _together(tallies: Mapping[Class, Tally], members: Collection[Class]) -> Tally:
    """All that is known of these; of one alone, as it stands there."""
    if len(members) == 1:
        return tallies[next(iter(members))]
    whole = Tally()
    for one in members:
        whole.join(tallies[one])
    return whole
