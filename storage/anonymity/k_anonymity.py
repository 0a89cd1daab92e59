"""k-anonymity: how the rows of a release are generalised so that each equivalence class has at least *k* of them. Pure.

Three methods work together:

- *Generalisation* (L. Sweeney, k-anonymity, 2002; local recoding): a class with fewer than *k* rows has its
  quasi-identifiers suppressed one after the other, in a fixed order, until enough rows share what is left.
- *Periods* against differencing attacks: each period is generalised by itself, and its rows are shown once it is
  complete. Later rows therefore never change what is shown of earlier ones, and someone who holds every download learns
  no more about a row than its period, which the row shows anyway. A value that was suppressed once stays so: otherwise
  the withdrawal of one response could reveal the others of its class.
- *Suppression of homogeneous answers* (A. Machanavajjhala and others, l-diversity, 2007: recursive (c, 2)-diversity,
  with c = 4): k-anonymity alone does not hide what everyone in a class answered. A question is suppressed for a class
  in which four in five or more gave the same answer. If it were suppressed only where all did, the suppression itself
  would say that they agreed, and the counts would say on what.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from math import ceil

from flows.disclosure_control import SUPPRESSED

NOT_ASKED = "not_asked"
SKIPPED = "skipped"
NON_ANSWERS = {NOT_ASKED, SKIPPED}
MIN_HOMOGENEOUS_SHARE = 0.8  # of those who answered
MIN_ANSWERS_FOR_SHARE = 5  # four in five of fewer answers are all of them

Answers = tuple[str, ...]  # to the scale questions, in the flow's order
EquivalenceClass = tuple[str, ...]  # a value per quasi-identifier, the last suppressed first; then the period
ClassMapping = Mapping[EquivalenceClass, EquivalenceClass]  # {class: the class that is shown instead}
QuestionCounts = Mapping[str, Counter[str]]  # {question: {answer: count}}


@dataclass(slots=True)
class ClassTally:
    """How many rows an equivalence class has, and how often each question has which answer."""

    row_count: int = 0
    answers: dict[str, Counter[str]] = field(default_factory=dict)

    def merge(self, other: "ClassTally") -> None:
        """Adds the rows of `other`."""
        self.row_count += other.row_count
        for question, answers in other.answers.items():
            self.answers.setdefault(question, Counter()).update(answers)

    def find_homogeneous_questions(self) -> frozenset[str]:
        """Returns the questions that nearly everyone in the class answered in the same way."""
        return frozenset(question for question, answers in self.answers.items() if is_homogeneous(answers))


ClassTallies = Mapping[EquivalenceClass, ClassTally]


@dataclass(frozen=True, slots=True)
class DisclosurePlan:
    """What may be shown of a release.

    `generalised_classes` maps each class to the class that is shown; a class that is missing is not shown at all.
    `suppressed_counts` has the suppressed questions by shown class, with the answers that counts include for them.
    `k` is the size of a class that the plan was made for (0: an empty plan). Comments on a question are shown up to the
    release in `comment_releases`. A period in `suppressed_periods` has too few rows left and is never shown again.
    """

    generalised_classes: ClassMapping = field(default_factory=dict)
    suppressed_counts: Mapping[EquivalenceClass, QuestionCounts] = field(default_factory=dict)
    k: int = 0
    comment_releases: Mapping[str, int] = field(default_factory=dict)
    suppressed_periods: frozenset[str] = frozenset()

    def get_disclosed_counts(self, shown_class: EquivalenceClass, question: str, answers: Counter[str]) -> Counter[str]:
        """Returns what counts include of a class: `answers`, unless the question is suppressed for the class."""
        return self.suppressed_counts.get(shown_class, {}).get(question, answers)


def plan_disclosure(tallies: ClassTallies, k: int, previous_plan: DisclosurePlan | None = None) -> DisclosurePlan:
    """Plans a release so that each equivalence class that is shown has at least `k` rows.

    Whatever `previous_plan`, the plan of an earlier release, what was suppressed stays so. The result depends on the
    arguments alone: neither the person who asks for a download nor the number of downloads changes it.
    """
    previous = previous_plan or DisclosurePlan()
    initial_classes = _apply_previous_plan(tallies, previous)
    initial_tallies = merge_tallies(tallies, initial_classes)
    suppressed_periods = _find_suppressed_periods(initial_tallies, k, previous)
    generalised: dict[EquivalenceClass, EquivalenceClass] = {}
    for period, period_tallies in _group_by_period(initial_tallies).items():
        if period not in {SUPPRESSED, *suppressed_periods}:
            generalised |= _generalise_period(period_tallies, k)
    return DisclosurePlan(
        {one: generalised[initial] for one, initial in initial_classes.items() if initial in generalised},
        _suppress_questions(initial_tallies, generalised, previous),
        k,
        suppressed_periods=suppressed_periods,
    )


def merge_tallies(tallies: ClassTallies, generalised_classes: ClassMapping) -> dict[EquivalenceClass, ClassTally]:
    """Merges tallies by the class that is shown; leaves out classes that are not shown."""
    groups: dict[EquivalenceClass, list[EquivalenceClass]] = defaultdict(list)
    for equivalence_class in tallies:
        if equivalence_class in generalised_classes:
            groups[generalised_classes[equivalence_class]].append(equivalence_class)
    return {shown_class: _merge_members(tallies, members) for shown_class, members in groups.items()}


def is_homogeneous(answers: Counter[str]) -> bool:
    """Whether nearly all answers are the same. Fewer than five always count as homogeneous."""
    counts = [count for answer, count in answers.items() if answer not in NON_ANSWERS]
    total = sum(counts)
    return bool(counts) and (total < MIN_ANSWERS_FOR_SHARE or max(counts) >= MIN_HOMOGENEOUS_SHARE * total)


def coarsen_counts(answers: Counter[str]) -> Counter[str]:
    """Returns what counts include of homogeneous answers: four in five of them, or none of fewer than five.

    The exact number would let someone who subtracts the rows that are shown find out the suppressed answers.
    """
    counts = Counter({answer: count for answer, count in answers.items() if answer not in NON_ANSWERS})
    [(most_common_answer, _)] = counts.most_common(1)
    has_enough_answers = counts.total() >= MIN_ANSWERS_FOR_SHARE
    coarsened_count = ceil(MIN_HOMOGENEOUS_SHARE * counts.total()) if has_enough_answers else 0
    return Counter({most_common_answer: coarsened_count, SKIPPED: answers[SKIPPED]})


def _apply_previous_plan(
    classes: Iterable[EquivalenceClass], previous: DisclosurePlan
) -> dict[EquivalenceClass, EquivalenceClass]:
    """Maps each class to the class that was shown before; new ones to themselves."""
    known_periods = {equivalence_class[-1] for equivalence_class in previous.generalised_classes}
    return {
        # A class can be new in a known period if the flow's quasi-identifiers have changed: only its period is shown.
        one: previous.generalised_classes.get(one, _suppress_all(one) if one[-1] in known_periods else one)
        for one in classes
    }


def _find_suppressed_periods(tallies: ClassTallies, k: int, previous: DisclosurePlan) -> frozenset[str]:
    too_small = {
        period
        for period, period_tallies in _group_by_period(tallies).items()
        if period != SUPPRESSED and _count_rows(period_tallies, period_tallies) < k
    }
    return previous.suppressed_periods | too_small


def _group_by_period(tallies: ClassTallies) -> dict[str, dict[EquivalenceClass, ClassTally]]:
    periods: dict[str, dict[EquivalenceClass, ClassTally]] = defaultdict(dict)
    for equivalence_class, tally in tallies.items():
        periods[equivalence_class[-1]][equivalence_class] = tally
    return periods


def _generalise_period(tallies: ClassTallies, k: int) -> dict[EquivalenceClass, EquivalenceClass]:
    """Maps the classes of one period, with at least `k` rows in all, to the classes that are shown."""
    generalised: dict[EquivalenceClass, EquivalenceClass] = {}
    remaining = set(tallies)
    quasi_identifier_count = len(next(iter(tallies))) - 1  # without the period
    for suppressed_count in range(quasi_identifier_count):
        for generalised_class, members in _group_by_generalised_class(remaining, suppressed_count).items():
            if _count_rows(tallies, members) >= k:
                generalised |= dict.fromkeys(members, generalised_class)
                remaining -= set(members)
    return _suppress_remaining_classes(generalised, remaining, tallies, k)


def _group_by_generalised_class(
    classes: Iterable[EquivalenceClass], suppressed_count: int
) -> dict[EquivalenceClass, list[EquivalenceClass]]:
    """Groups classes that are equal once their last `suppressed_count` quasi-identifiers are suppressed."""
    groups: dict[EquivalenceClass, list[EquivalenceClass]] = defaultdict(list)
    for equivalence_class in sorted(classes):
        *values, period = equivalence_class
        generalised_class = (*values[: len(values) - suppressed_count], *(SUPPRESSED,) * suppressed_count, period)
        groups[generalised_class].append(equivalence_class)
    return groups


def _suppress_remaining_classes(
    generalised: dict[EquivalenceClass, EquivalenceClass],
    remaining: set[EquivalenceClass],
    tallies: ClassTallies,
    k: int,
) -> dict[EquivalenceClass, EquivalenceClass]:
    """Suppresses all but the period of what is left; the smallest classes join it until it has `k` rows."""
    while remaining and _count_rows(tallies, remaining) < k:
        groups = _group_by_shown_class(generalised)
        smallest = min(groups, key=lambda shown_class: (_count_rows(tallies, groups[shown_class]), shown_class))
        remaining |= groups[smallest]
        generalised = {one: shown_class for one, shown_class in generalised.items() if shown_class != smallest}
    return generalised | {one: _suppress_all(one) for one in remaining}


def _suppress_all(equivalence_class: EquivalenceClass) -> EquivalenceClass:
    """Suppresses everything but the period."""
    return (*(SUPPRESSED,) * (len(equivalence_class) - 1), equivalence_class[-1])


def _suppress_questions(
    tallies: ClassTallies, generalised_classes: ClassMapping, previous: DisclosurePlan
) -> dict[EquivalenceClass, QuestionCounts]:
    suppressed: dict[EquivalenceClass, QuestionCounts] = {}
    for shown_class, members in _group_by_shown_class(generalised_classes).items():
        question_counts = _suppress_in_class(tallies, members, previous)
        if question_counts:
            suppressed[shown_class] = question_counts
    return suppressed


def _suppress_in_class(
    tallies: ClassTallies, members: Collection[EquivalenceClass], previous: DisclosurePlan
) -> QuestionCounts:
    """Suppresses homogeneous questions of a class, and those that were suppressed before for any of its members."""
    previous_counts = {member: _get_previous_counts(member, previous) for member in members}
    previously_suppressed = {question for counts in previous_counts.values() for question in counts}
    merged_tally = _merge_members(tallies, members)
    newly_suppressed = merged_tally.find_homogeneous_questions() - previously_suppressed
    question_counts = {question: coarsen_counts(merged_tally.answers[question]) for question in newly_suppressed}
    for question in previously_suppressed:
        # The earlier counts stay as they are: counted anew, the difference would reveal who agreed.
        member_counts = (
            counts.get(question, tallies[member].answers.get(question, Counter()))
            for member, counts in previous_counts.items()
        )
        question_counts[question] = sum(member_counts, Counter[str]())
    return question_counts


def _get_previous_counts(equivalence_class: EquivalenceClass, previous: DisclosurePlan) -> QuestionCounts:
    """Returns the questions that were suppressed for a class, with what counts included of them."""
    # If the flow had other quasi-identifiers then, the classes do not compare: everything that was suppressed for any
    # class of the period is suppressed now, and nothing of it is counted.
    incomparable_counts = (
        counts
        for other_class, counts in previous.suppressed_counts.items()
        if other_class[-1] == equivalence_class[-1] and len(other_class) != len(equivalence_class)
    )
    uncounted = {question: Counter[str]() for counts in incomparable_counts for question in counts}
    return {**uncounted, **previous.suppressed_counts.get(equivalence_class, {})}


def _group_by_shown_class(generalised_classes: ClassMapping) -> dict[EquivalenceClass, set[EquivalenceClass]]:
    groups: dict[EquivalenceClass, set[EquivalenceClass]] = defaultdict(set)
    for equivalence_class, shown_class in generalised_classes.items():
        groups[shown_class].add(equivalence_class)
    return groups


def _count_rows(tallies: ClassTallies, members: Iterable[EquivalenceClass]) -> int:
    return sum(tallies[member].row_count for member in members)


def _merge_members(tallies: ClassTallies, members: Collection[EquivalenceClass]) -> ClassTally:
    if len(members) == 1:
        return tallies[next(iter(members))]  # not copied: a large release has many classes
    merged_tally = ClassTally()
    for member in members:
        merged_tally.merge(tallies[member])
    return merged_tally
