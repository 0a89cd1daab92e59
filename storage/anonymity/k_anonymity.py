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
NON_ANSWERS = {NOT_ASKED, SKIPPED}
HOMOGENEOUS_SHARE = 0.8  # of those who answered
MIN_ANSWERS_FOR_SHARE = 5  # of fewer, four in five are all
Answers = tuple[str, ...]  # to the questions with steps, in the flow's order
EquivalenceClass = tuple[
    str, ...
]  # one value for each detail: the one that is given up last comes first; the period ends it


@dataclass(slots=True)
class ClassTally:
    """What is known of the rows of one class: how many, and how often each question has which answer."""

    row_count: int = 0
    answers: dict[str, Counter[str]] = field(default_factory=dict)

    def merge(self, other: "ClassTally") -> None:
        """The other's rows, too."""
        self.row_count += other.row_count
        for question, answers in other.answers.items():
            self.answers.setdefault(question, Counter()).update(answers)

    def find_homogeneous_questions(self) -> frozenset[str]:
        """The questions that nearly all who answered them answered alike."""
        return frozenset(question for question, answers in self.answers.items() if is_homogeneous(answers))


SuppressedCounts = Mapping[
    str, Counter[str]
]  # what counts say of questions not shown for a class: {question: {answer: n}}


@dataclass(frozen=True, slots=True)
class DisclosurePlan:
    """How each class is shown (one that is not there isn't shown at all); the questions that are not shown for it, and
    what counts say of them, by the class as it is shown; and the `k` that this was settled with (None: not noted).

    `spoken`: up to which release the comments on each question are given out. `gone`: periods of which too few are left
    to be ever shown again.
    """

    generalised_classes: Mapping[EquivalenceClass, EquivalenceClass] = field(default_factory=dict)
    suppressed_counts: Mapping[EquivalenceClass, SuppressedCounts] = field(default_factory=dict)
    k: int | None = None
    comment_releases: Mapping[str, int] = field(default_factory=dict)
    suppressed_periods: frozenset[str] = frozenset()


def plan_disclosure(
    tallies: Mapping[EquivalenceClass, ClassTally], k: int, previous_plan: DisclosurePlan | None = None
) -> DisclosurePlan:
    """How the classes of a download are shown, so that at least `k` rows look like any row.

    `before` is how they were shown with an earlier release: nothing is shown that it hid. The same tallies give the
    same plan: who asks for a download, or how often, changes nothing.
    """
    previous, suppressed_periods = (
        previous_plan or DisclosurePlan(),
        set(previous_plan.suppressed_periods if previous_plan else ()),
    )
    initial_classes = _initial_classes(tallies, previous)
    initial_tallies = merge_tallies(tallies, initial_classes)
    rolled_up: dict[EquivalenceClass, EquivalenceClass] = {}
    for period in sorted({one[-1] for one in initial_tallies} - {MASKED} - suppressed_periods):
        period_tallies = {
            equivalence_class: initial_tallies[equivalence_class]
            for equivalence_class in initial_tallies
            if equivalence_class[-1] == period
        }
        if _count_rows(period_tallies, period_tallies) >= k:
            rolled_up |= _roll_up_period(period_tallies, k)
        else:
            suppressed_periods.add(period)
    generalised_classes = {
        one: rolled_up[generalised_class]
        for one, generalised_class in initial_classes.items()
        if generalised_class in rolled_up
    }
    return DisclosurePlan(
        generalised_classes,
        _find_suppressed_counts(initial_tallies, rolled_up, previous),
        k,
        suppressed_periods=frozenset(suppressed_periods),
    )


def merge_tallies(
    tallies: Mapping[EquivalenceClass, ClassTally], generalised_classes: Mapping[EquivalenceClass, EquivalenceClass]
) -> dict[EquivalenceClass, ClassTally]:
    """The tallies by how their classes are shown; without those that are not."""
    groups: dict[EquivalenceClass, list[EquivalenceClass]] = defaultdict(list)
    for equivalence_class in tallies:
        if equivalence_class in generalised_classes:
            groups[generalised_classes[equivalence_class]].append(equivalence_class)
    return {generalised_class: _merge_members(tallies, members) for generalised_class, members in groups.items()}


def _initial_classes(
    classes: Iterable[EquivalenceClass], previous_plan: DisclosurePlan
) -> dict[EquivalenceClass, EquivalenceClass]:
    """The classes as they were shown before; new ones as they are. Where a class of a known period is not known any
    more (the flow asks for other details now), it shows its period only.
    """
    known_periods = {equivalence_class[-1] for equivalence_class in previous_plan.generalised_classes}
    return {
        one: previous_plan.generalised_classes.get(one, _mask_class(one) if one[-1] in known_periods else one)
        for one in classes
    }


def _find_suppressed_counts(
    tallies: Mapping[EquivalenceClass, ClassTally],
    generalised_classes: Mapping[EquivalenceClass, EquivalenceClass],
    previous_plan: DisclosurePlan,
) -> dict[EquivalenceClass, SuppressedCounts]:
    """The questions that are not shown for a class: nearly all agreed there, or they were not shown before of some in
    it. What counts say of those was settled then, and stays: counted anew, it would tell who agreed.
    """
    suppressed_counts: dict[EquivalenceClass, SuppressedCounts] = {}
    groups: dict[EquivalenceClass, set[EquivalenceClass]] = defaultdict(set)
    for equivalence_class, generalised_class in generalised_classes.items():
        groups[generalised_class].add(equivalence_class)
    for generalised_class, members in groups.items():
        merged_tally, previously_suppressed = (
            _merge_members(tallies, members),
            {one: _load_previously_suppressed(one, previous_plan) for one in members},
        )
        settled_questions = {
            question for question_counts in previously_suppressed.values() for question in question_counts
        }
        class_counts: dict[str, Counter[str]] = {
            one: coarsen_counts(merged_tally.answers[one])
            for one in merged_tally.find_homogeneous_questions() - settled_questions
        }
        for question in settled_questions:
            member_counts = (
                of.get(question, tallies[one].answers.get(question, Counter()))
                for one, of in previously_suppressed.items()
            )
            class_counts[question] = sum(member_counts, Counter[str]())
        if class_counts:
            suppressed_counts[generalised_class] = class_counts
    return suppressed_counts


def _load_previously_suppressed(equivalence_class: EquivalenceClass, previous_plan: DisclosurePlan) -> SuppressedCounts:
    """What was not shown of a class. Where its period was told by other details: all that was not shown of any in it,
    and nothing is counted.
    """
    other_counts = (
        of
        for other_class, of in previous_plan.suppressed_counts.items()
        if other_class[-1] == equivalence_class[-1] and len(other_class) != len(equivalence_class)
    )
    lost_counts = {question: Counter[str]() for question_counts in other_counts for question in question_counts}
    return {**lost_counts, **previous_plan.suppressed_counts.get(equivalence_class, {})}


def is_homogeneous(answers: Counter[str]) -> bool:
    """Whether nearly all who answered answered alike. Fewer than five can't be told from all of them."""
    answer_counts = [count for answer, count in answers.items() if answer not in NON_ANSWERS]
    return bool(answer_counts) and (
        sum(answer_counts) < MIN_ANSWERS_FOR_SHARE or max(answer_counts) >= HOMOGENEOUS_SHARE * sum(answer_counts)
    )


def coarsen_counts(answers: Counter[str]) -> Counter[str]:
    """What is counted of a class in which nearly all answered alike: four in five of them, whether more agree or not,
    and none of fewer than five. Whoever subtracts the rows that are shown could else tell the rest.
    """
    answer_counts = Counter({answer: count for answer, count in answers.items() if answer not in NON_ANSWERS})
    [(most_common_answer, _)] = answer_counts.most_common(1)
    coarsened_count = (
        ceil(HOMOGENEOUS_SHARE * answer_counts.total()) if answer_counts.total() >= MIN_ANSWERS_FOR_SHARE else 0
    )
    return Counter({most_common_answer: coarsened_count, SKIPPED: answers[SKIPPED]})


def _mask_class(equivalence_class: EquivalenceClass) -> EquivalenceClass:
    return (*(MASKED,) * (len(equivalence_class) - 1), equivalence_class[-1])


def _roll_up_period(tallies: Mapping[EquivalenceClass, ClassTally], k: int) -> dict[EquivalenceClass, EquivalenceClass]:
    """How the classes of one period are shown."""
    generalised_classes: dict[EquivalenceClass, EquivalenceClass] = {}
    remaining_classes = set(tallies)
    for masked_details in range(len(next(iter(tallies))) - 1):
        for generalised_class, members in _group_by_masked_class(remaining_classes, masked_details).items():
            if _count_rows(tallies, members) >= k:
                generalised_classes |= dict.fromkeys(members, generalised_class)
                remaining_classes -= set(members)
    return _add_remaining_classes(generalised_classes, remaining_classes, tallies, k)


def _add_remaining_classes(
    generalised_classes: dict[EquivalenceClass, EquivalenceClass],
    remaining_classes: set[EquivalenceClass],
    tallies: Mapping[EquivalenceClass, ClassTally],
    k: int,
) -> dict[EquivalenceClass, EquivalenceClass]:
    """What is left shows its period only; the smallest classes join it until there are enough."""
    while remaining_classes and _count_rows(tallies, remaining_classes) < k:
        groups: dict[EquivalenceClass, set[EquivalenceClass]] = defaultdict(set)
        for member, generalised_class in generalised_classes.items():
            groups[generalised_class].add(member)
        smallest_group = min(groups, key=lambda one: (_count_rows(tallies, groups[one]), one))
        remaining_classes |= groups[smallest_group]
        generalised_classes = {
            member: as_shown for member, as_shown in generalised_classes.items() if as_shown != smallest_group
        }
    return generalised_classes | {group: _mask_class(group) for group in remaining_classes}


def _group_by_masked_class(
    classes: Iterable[EquivalenceClass], masked_details: int
) -> dict[EquivalenceClass, list[EquivalenceClass]]:
    """The classes by what is left of them without so many details before the period."""
    groups: dict[EquivalenceClass, list[EquivalenceClass]] = defaultdict(list)
    for equivalence_class in sorted(classes):
        *details, period = equivalence_class
        groups[(*details[: len(details) - masked_details], *(MASKED,) * masked_details, period)].append(
            equivalence_class
        )
    return groups


def _count_rows(tallies: Mapping[EquivalenceClass, ClassTally], members: Iterable[EquivalenceClass]) -> int:
    return sum(tallies[member].row_count for member in members)


def _merge_members(tallies: Mapping[EquivalenceClass, ClassTally], members: Collection[EquivalenceClass]) -> ClassTally:
    """All that is known of these; of one alone, as it stands there."""
    if len(members) == 1:
        return tallies[next(iter(members))]
    merged_tally = ClassTally()
    for member in members:
        merged_tally.merge(tallies[member])
    return merged_tally
