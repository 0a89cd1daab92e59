"""Freezes what a release shows: its `DisclosurePlan` is made at the first view and kept until the next release.

Everyone who looks sees the same, so two downloads of one release cannot be compared (no differencing attack). The plan
of the previous release is kept until then, so that whatever it hid stays hidden.
"""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy import delete, insert, select, update

from flows.loader import load_walk
from storage.anonymity.answer_chunks import CodeFormatter
from storage.anonymity.comments import find_comment_releases
from storage.anonymity.k_anonymity import (
    ClassTallies,
    ClassTally,
    DisclosurePlan,
    EquivalenceClass,
    QuestionCounts,
    plan_disclosure,
)
from storage.anonymity.periods import find_last_complete_release, load_periods
from storage.anonymity.row_decoding import AnswerCounter, DecodedRow, RowDecoder, list_quasi_identifiers
from storage.anonymity.schema import disclosure_plans, released_responses, withdrawn_responses
from storage.campaigns.repository import Campaign, find_campaign, lock_campaign
from storage.db.database import Database
from storage.db.session import Session
from storage.db.statements import fetch_batches

NO_RELEASE = -1  # no release has this number


def load_plan(session: Session, campaign: Campaign) -> DisclosurePlan | None:
    """Returns the plan of the newest release.

    Returns None if the release was not viewed yet, or with other quasi-identifiers (another version of the flow).
    Raises `UnknownFlowError` if the campaign's flow is not in the library any more.
    """
    stored = _load_stored_plan(session, campaign)
    if stored is None or stored["release"] != campaign.release_count or not _has_same_columns(stored, campaign):
        return None
    return _parse_plan(stored)


def freeze_plan(database: Database, code: str, k: int) -> tuple[Campaign, ClassTallies] | None:
    """Plans the newest release of a campaign, unless that is done already.

    Returns the campaign as it was and its tallies, so that the caller need not count again; None if there was a plan.
    Raises `UnknownCampaignError`, and `UnknownFlowError` if the campaign's flow is not in the library any more.
    """
    while True:
        with database.snapshot() as session:  # without a lock: people can submit answers meanwhile
            campaign = find_campaign(session, code)
            if load_plan(session, campaign) is not None:
                return None
            tallies = _tally_rows(session, campaign)
            plan = _plan_release(session, campaign, k, tallies)
        if _store_plan(database, campaign, plan):
            return campaign, tallies


def invalidate_plan(session: Session, campaign: Campaign) -> None:
    """Prepares for the campaign to close: that completes its open period, so the next view makes a new plan."""
    if find_last_complete_release(session, campaign) < campaign.release_count:
        delete_withdrawn_rows(session, campaign)
        statement = update(disclosure_plans).where(disclosure_plans.c.campaign == campaign.code)
        session.execute(statement.values(release=NO_RELEASE))


def delete_withdrawn_rows(session: Session, campaign: Campaign) -> None:
    """Removes withdrawn responses from downloads. Call it for a new release: a later plan hides which are missing."""
    session.execute(delete(withdrawn_responses).where(withdrawn_responses.c.campaign == campaign.code))


def create_row_decoder(
    session: Session, campaign: Campaign, plan: DisclosurePlan | None = None, format_cells: CodeFormatter = tuple
) -> RowDecoder:
    """Creates the decoder of a campaign's rows; with a `plan`, it generalises them."""
    return RowDecoder(load_walk(campaign.flow).flow, load_periods(session, campaign), plan, format_cells)


def iter_released_rows(session: Session, campaign: Campaign, decoder: RowDecoder) -> Iterator[list[DecodedRow]]:
    """Yields the released rows in blocks, by their random ids."""
    columns = released_responses.c
    query = select(columns.id, columns.language, columns.version, columns.release, columns.answers)
    query = query.where(columns.campaign == campaign.code, columns.flow == campaign.flow)
    yield from map(decoder.decode_rows, fetch_batches(session, query.order_by(columns.campaign, columns.id)))


def iter_withdrawn_rows(session: Session, campaign: Campaign, decoder: RowDecoder) -> Iterator[DecodedRow]:
    """Yields what is still shown of responses that were withdrawn since the plan was made, by id."""
    columns = withdrawn_responses.c
    query = select(withdrawn_responses).where(columns.campaign == campaign.code).order_by(columns.id)
    for row in session.execute(query):
        shown_class = tuple(json.loads(row.quasi_identifiers))
        if shown_class:  # it is empty if the response was not shown
            yield decoder.decode_shown_row(row.id, shown_class, json.loads(row.answers))


def _plan_release(session: Session, campaign: Campaign, k: int, tallies: ClassTallies) -> DisclosurePlan:
    previous = _load_previous_plan(session, campaign)
    comment_releases = find_comment_releases(session, campaign, previous.comment_releases if previous else {}, k)
    return replace(plan_disclosure(tallies, k, previous), comment_releases=comment_releases)


def _tally_rows(session: Session, campaign: Campaign) -> dict[EquivalenceClass, ClassTally]:
    decoder = create_row_decoder(session, campaign)
    counter = AnswerCounter(decoder.scale_questions, decoder.encoding)
    for rows in iter_released_rows(session, campaign, decoder):
        counter.add_rows(rows)
    return counter.get_tallies()


def _load_previous_plan(session: Session, campaign: Campaign) -> DisclosurePlan | None:
    """Loads the plan of an earlier release. Where the quasi-identifiers were others, only the periods of its classes
    are kept: values cannot be compared.
    """
    stored = _load_stored_plan(session, campaign)
    if stored is None:
        return None
    plan = _parse_plan(stored)
    if _has_same_columns(stored, campaign):
        return plan
    suppressed_counts: dict[EquivalenceClass, dict[str, Counter[str]]] = {}
    for (*_, period), question_counts in plan.suppressed_counts.items():
        suppressed_counts.setdefault((period,), {}).update({question: Counter() for question in question_counts})
    periods: dict[EquivalenceClass, EquivalenceClass] = {
        (period,): (period,) for *_, period in plan.generalised_classes
    }
    return replace(plan, generalised_classes=periods, suppressed_counts=suppressed_counts)


def _load_stored_plan(session: Session, campaign: Campaign) -> dict[str, Any] | None:
    """Returns the JSON of the newest plan, with the release that it is for."""
    columns = disclosure_plans.c
    query = select(columns.release, columns.plan).where(columns.campaign == campaign.code)
    row = session.execute(query).one_or_none()
    return {"release": row.release, **json.loads(row.plan)} if row else None


def _has_same_columns(stored: dict[str, Any], campaign: Campaign) -> bool:
    return bool(stored["quasi_identifiers"] == _list_quasi_identifiers(campaign))


def _list_quasi_identifiers(campaign: Campaign) -> list[str]:
    return list(list_quasi_identifiers(load_walk(campaign.flow).flow))


def _parse_plan(stored: dict[str, Any]) -> DisclosurePlan:
    return DisclosurePlan(
        generalised_classes={tuple(one): tuple(shown_class) for one, shown_class in stored["generalised_classes"]},
        suppressed_counts={
            tuple(shown_class): _parse_counts(question_counts)
            for shown_class, question_counts in stored["suppressed_counts"]
        },
        k=stored["k"],
        comment_releases=stored["comment_releases"],
        suppressed_periods=frozenset(stored["suppressed_periods"]),
    )


def _parse_counts(question_counts: dict[str, dict[str, int]]) -> QuestionCounts:
    return {question: Counter(answer_counts) for question, answer_counts in question_counts.items()}


def _format_plan(campaign: Campaign, plan: DisclosurePlan) -> str:
    content = {
        "quasi_identifiers": _list_quasi_identifiers(campaign),
        "generalised_classes": list(plan.generalised_classes.items()),
        "suppressed_counts": list(plan.suppressed_counts.items()),
        "k": plan.k,
        "comment_releases": plan.comment_releases,
        "suppressed_periods": sorted(plan.suppressed_periods),
    }
    return json.dumps(content)


def _store_plan(database: Database, campaign: Campaign, plan: DisclosurePlan) -> bool:
    """Stores a plan, unless another worker has. Returns False if the campaign has changed since it was planned."""
    plan_json = _format_plan(campaign, plan)
    with database.transaction() as session:
        locked_campaign = lock_campaign(session, campaign.code)
        if _plan_inputs(locked_campaign) != _plan_inputs(campaign):
            return False
        if load_plan(session, locked_campaign) is None:
            session.execute(delete(disclosure_plans).where(disclosure_plans.c.campaign == campaign.code))
            values = {"campaign": campaign.code, "release": campaign.release_count, "plan": plan_json}
            session.execute(insert(disclosure_plans).values(values))
    return True


def _plan_inputs(campaign: Campaign) -> tuple[object, ...]:
    """Returns what a plan depends on. New participants are not part of it: planning would never end while people
    submit answers.
    """
    return campaign.release_count, campaign.withdrawn_count, campaign.flow, campaign.is_closed
