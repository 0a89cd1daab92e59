"""An exported campaign, and the process that writes exports."""

import json
import os
import signal
from collections import Counter
from pathlib import Path
from random import Random

import psutil  # type: ignore[import-untyped]  # it ships no types
from sqlalchemy import text

from flows.loader import load_walk
from flows.scale import strip_point_count
from storage.anonymity.periods import add_release
from storage.campaigns.coordinators import HOME_ORGANISATION
from storage.campaigns.repository import CampaignPlan, find_campaign
from storage.db.session import Session
from tests.support.campaign_results import (
    RELEASE_SIZE,
    SCALE_QUESTIONS,
)
from tests.support.campaigns import create_campaign, run_in_transaction
from tests.support.process_state import has_exited
from tests.support.running_bot import RunningBot, wait_until
from tests.support.walkers import StoredAnswers

OAK_PLAN = CampaignPlan("Oak <House> & garden", "Leeds carers", organisation=HOME_ORGANISATION)


FILE_ENDINGS_BY_LABEL = {"For Excel": "xlsx", "For statistics in SPSS": "sav", "Plain tables, as a zip": "zip"}


INSERT_RELEASED_SQL = text(
    "insert into released_responses (campaign, id, release, flow, version, language, answers, receipt_hash) "
    "values (:campaign, :id, 1, 'connection_test', 1, 'en', :answers, :receipt_hash)"
)


def list_export_processes() -> list[int]:
    """The processes that write downloads for this one."""
    children = psutil.Process().children()
    return [one.pid for one in children if not has_exited(one.pid) and "bot.delivery.export_process" in one.cmdline()]


async def suspend_export_process() -> int:
    """The process that writes one, once there is one: stopped, so that it is in the middle of it."""
    await wait_until(list_export_processes)
    [pid] = list_export_processes()
    os.kill(pid, signal.SIGSTOP)
    return pid


async def create_released_campaign(bot: RunningBot, count: int) -> str:
    """A campaign with so many responses that are released, written past the chat. Its code."""
    code = await create_campaign(bot, OAK_PLAN)
    random, places = Random(1), [place for place in load_walk().flow.questions if place.kind == "choice"]

    def row(number: int) -> dict[str, object]:
        answers = {place.id: random.choice(place.choices).id for place in places}
        answers |= {"role": "family_carer", "viewpoint": "myself"}
        return {
            "campaign": code,
            "id": f"{number:032x}",
            "answers": json.dumps(answers),
            "receipt_hash": number.to_bytes(32)
        }  # fmt: skip

    filling = [row(number) for number in range(count)]  # before the database is held: the bot waits two seconds for it

    def fill(session: Session) -> None:
        session.execute(INSERT_RELEASED_SQL, filling)
        add_release(session, find_campaign(session, code), count, RELEASE_SIZE)
        session.execute(text("update campaigns set release_count = 1 where code = :code"), {"code": code})

    await run_in_transaction(bot, fill)
    return code


def label_answers(said: list[StoredAnswers]) -> list[Counter[str]]:
    """The tapped answers to each question with a scale, as labelled in a file."""
    names = {"not_sure": "Not sure", "skipped": "Skipped", "not_asked": "Not asked"}
    codes = (
        [strip_point_count(one.get(place.id, "not_asked") or "skipped") for one in said]
        for place in SCALE_QUESTIONS.values()
    )
    return [Counter(names.get(code, code) for code in question_codes) for question_codes in codes]


def list_files(folder: Path) -> list[Path]:
    return list(folder.iterdir())
