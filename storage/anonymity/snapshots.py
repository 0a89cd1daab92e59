"""What a release shows is settled when somebody first looks, and stays so until the next: the same for everybody."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, delete, insert, select, update

from flows.loader import load_walk
from storage.anonymity.comments import find_comment_releases
from storage.anonymity.k_anonymity import ClassTally, DisclosurePlan, EquivalenceClass, plan_disclosure
from storage.anonymity.periods import find_last_complete_release, load_periods
from storage.anonymity.row_decoding import AnswerCounter, CodeFormatter, DecodedRow, RowDecoder, list_quasi_identifiers
from storage.anonymity.schema import disclosure_plans, released_responses, withdrawn_responses
from storage.campaigns.repository import Campaign, find_campaign, lock_campaign
from storage.db.database import Database
from storage.db.session import Session
from storage.db.statements import fetch_batches

NO_RELEASE = -1  # no release has this number

ClassTallies = dict[EquivalenceClass, ClassTally]


def load_plan(session: Session, campaign: Campaign) -> DisclosurePlan | None:
    """How the newest release is shown. None: nobody has looked since it was made, or not with this version of its flow.

    Raises `FlowUnknown` where the campaign's flow left the library.
    """
    stored = _load_stored_plan(session, campaign, disclosure_plans.c.release == campaign.release_count)
    return _parse_plan(stored) if stored and stored["names"] == _list_quasi_identifiers(campaign) else None


def _load_stored_plan(session: Session, campaign: Campaign, *conditions: ColumnElement[bool]) -> dict[str, Any] | None:
    """What was settled last, where that holds."""
    plan_json = session.execute(
        select(disclosure_plans.c.plan).where(disclosure_plans.c.campaign == campaign.code, *conditions)
    ).scalar_one_or_none()
    stored: dict[str, Any] = json.loads(plan_json) if plan_json else {}
    return stored if "names" in stored else None


def _parse_plan(stored: dict[str, Any]) -> DisclosurePlan:
    generalised_classes = {tuple(equivalence_class): tuple(shown) for equivalence_class, shown in stored["shown"]}
    suppressed_counts = {
        tuple(one): {question: Counter(answer_counts) for question, answer_counts in question_counts.items()}
        for one, question_counts in stored["hidden"]
    }
    return DisclosurePlan(
        generalised_classes, suppressed_counts, stored["k"], stored["spoken"], frozenset(stored["gone"])
    )


def _load_previous_plan(session: Session, campaign: Campaign) -> DisclosurePlan | None:
    """How an earlier release was shown. Where other details told people apart then, only periods are known of it."""
    stored = _load_stored_plan(session, campaign)
    if stored is None or stored["names"] == _list_quasi_identifiers(campaign):
        return _parse_plan(stored) if stored else None
    previous = _parse_plan(stored)
    suppressed_counts: dict[EquivalenceClass, dict[str, Counter[str]]] = {}
    for equivalence_class, question_counts in previous.suppressed_counts.items():
        suppressed_counts.setdefault((equivalence_class[-1],), {}).update(
            {question: Counter() for question in question_counts}
        )
    return replace(
        previous,
        generalised_classes={(one[-1],): (one[-1],) for one in previous.generalised_classes},
        suppressed_counts=suppressed_counts,
    )


def _list_quasi_identifiers(campaign: Campaign) -> list[str]:
    return list(list_quasi_identifiers(load_walk(campaign.flow).flow))


def freeze_plan(database: Database, code: str, k: int) -> tuple[Campaign, ClassTallies] | None:
    """Settles how the newest release is shown. Gives what was counted for it, with the campaign as it then was; None
    where it is settled.

    The rows are read in a snapshot, which keeps nobody from sending. Where somebody took a response back meanwhile,
    they are read again. Raises `CampaignUnknown`, and `FlowUnknown` where the campaign's flow left the library.
    """
    while True:
        with database.snapshot() as session:
            campaign = find_campaign(session, code)
            if load_plan(session, campaign) is not None:
                return None
            tallies = _tally_rows(session, campaign)
            disclosure_plan = _plan_release(session, campaign, k, tallies)
        if _store_plan(database, campaign, disclosure_plan):
            return campaign, tallies


def delete_withdrawn_rows(session: Session, campaign: Campaign) -> None:
    """There is a newer release: what people took back goes from downloads too.

    How the earlier one was shown stays until somebody looks: nothing is shown then that it hid.
    """
    session.execute(delete(withdrawn_responses).where(withdrawn_responses.c.campaign == campaign.code))


def invalidate_plan(session: Session, campaign: Campaign) -> None:
    """The campaign closes, and with it a period that is not over: its rows are shown from the next look on."""
    if find_last_complete_release(session, campaign) < campaign.release_count:
        delete_withdrawn_rows(session, campaign)
        session.execute(
            update(disclosure_plans).where(disclosure_plans.c.campaign == campaign.code).values(release=NO_RELEASE)
        )


def create_row_decoder(
    session: Session,
    campaign: Campaign,
    disclosure_plan: DisclosurePlan | None = None,
    format_cells: CodeFormatter = tuple,
) -> RowDecoder:
    """What takes the campaign's released rows apart. `shown`: as they are shown. `put`: how codes are wanted."""
    return RowDecoder(load_walk(campaign.flow).flow, load_periods(session, campaign), disclosure_plan, format_cells)


def iter_released_rows(session: Session, campaign: Campaign, decoder: RowDecoder) -> Iterator[list[DecodedRow]]:
    """The released rows, in the random order of their ids, a few in memory at a time."""
    columns = released_responses.c
    query = select(columns.id, columns.language, columns.version, columns.release, columns.answers)
    query = query.where(columns.campaign == campaign.code, columns.flow == campaign.flow).order_by(
        columns.campaign, columns.id
    )
    yield from map(decoder.decode_rows, fetch_batches(session, query))


def iter_withdrawn_rows(session: Session, campaign: Campaign, decoder: RowDecoder) -> Iterator[DecodedRow]:
    """What is still shown of responses that were taken back since somebody looked, by id."""
    for row in session.execute(
        select(withdrawn_responses)
        .where(withdrawn_responses.c.campaign == campaign.code)
        .order_by(withdrawn_responses.c.id)
    ):
        equivalence_class = tuple(json.loads(row.quasi_identifiers))
        if equivalence_class:  # else it never was shown
            yield decoder.decode_displayed_row(row.id, equivalence_class, json.loads(row.answers))


def _plan_release(session: Session, campaign: Campaign, k: int, tallies: ClassTallies) -> DisclosurePlan:
    previous = _load_previous_plan(session, campaign)
    comment_releases = find_comment_releases(session, campaign, previous.comment_releases if previous else {}, k)
    return replace(plan_disclosure(tallies, k, previous), comment_releases=comment_releases)


def _tally_rows(session: Session, campaign: Campaign) -> ClassTallies:
    decoder = create_row_decoder(session, campaign)
    counter = AnswerCounter(decoder.scale_questions, decoder.encoding)
    for rows in iter_released_rows(session, campaign, decoder):
        counter.add_rows(rows)
    return counter.get_tallies()


def _store_plan(database: Database, campaign: Campaign, disclosure_plan: DisclosurePlan) -> bool:
    """False: the campaign has moved on since it was seen."""
    plan_lists = {
        "shown": list(disclosure_plan.generalised_classes.items()),
        "hidden": list(disclosure_plan.suppressed_counts.items()),
        "gone": sorted(disclosure_plan.suppressed_periods),
    }
    plan_json = json.dumps(
        {
            **plan_lists,
            "k": disclosure_plan.k,
            "spoken": disclosure_plan.comment_releases,
            "names": _list_quasi_identifiers(campaign),
        }
    )
    with database.transaction() as session:
        locked_campaign = lock_campaign(session, campaign.code)
        if _plan_inputs(locked_campaign) != _plan_inputs(campaign) or load_plan(session, locked_campaign) is not None:
            return _plan_inputs(locked_campaign) == _plan_inputs(campaign)
        session.execute(delete(disclosure_plans).where(disclosure_plans.c.campaign == campaign.code))
        session.execute(
            insert(disclosure_plans).values(campaign=campaign.code, release=campaign.release_count, plan=plan_json)
        )
    return True


def _plan_inputs(campaign: Campaign) -> tuple[object, ...]:
    """What a look depends on. Not on who sends meanwhile: else it would not end while people do."""
    return campaign.release_count, campaign.withdrawn_count, campaign.flow, campaign.is_closed
