"""A turn: load, decide, save. One synchronous function, one hop into the writing thread, one transaction.

intake      an update comes in, from polling or a webhook; updates of one chat one after another
inbound     Update → Incoming
take_turn   open_run · engine.take · save_turn · commit        ← here; what coordinators do at their desk, too
intake      only now is the update acknowledged to Telegram
sender      says what the turn left in the outbox
"""

import re
from dataclasses import dataclass, replace
from datetime import date, datetime

from bot.handlers.coordinator import find_invitation_token, take_coordinator_turn
from bot.handlers.groups import take_group_update
from bot.handlers.results import resolve_results_request
from bot.render.buttons import RESULTS_LINK_PREFIX, find_start_parameter
from bot.render.localization import choose_language
from bot.telegram.updates import GroupUpdate, IncomingUpdate
from flows import engine
from flows.engine.confirmations import resolve_confirmation, update_confirmation
from flows.engine.text_replies import get_labels
from flows.errors import UnknownFlowError
from flows.events import Event
from flows.events.coordinator import OPEN_CAMPAIGN_ACTION, CampaignClosed
from flows.events.submission import ResponseWithdrawn
from flows.loader import OPEN_CAMPAIGN_FLOW_ID, is_known_flow, load_walk
from flows.models import Command, LinkFollow, Reply, Run, Tap, TextReply
from flows.schema import WELCOME
from flows.state_machine import Walk
from storage.access import find_results_by_key
from storage.campaigns.coordinators import find_coordinator
from storage.campaigns.repository import GENERAL_CAMPAIGN, RESERVED_CODES, find_campaign_info, resolve_link
from storage.conversations import outbox
from storage.conversations.chats import delete_idle_chat, is_update_processed, record_update
from storage.conversations.outbox import delete_entries
from storage.conversations.runs import UpdateContext, delete_run, load_or_start_run, save_turn, start_run
from storage.db.database import Database
from storage.db.session import Session
from storage.errors import RunUnreadableError

# @@DOC Typed words that stand for something else: a button of a yes or no that waits, or a link that was pasted.
_CODE_ONLY = re.compile(
    r"(?:/?start\s+)?([\w-]{1,64})", re.IGNORECASE
)  # a code by itself, or as it stands after /start


def resolve_text_reply(session: Session, walk: Walk, run: Run, reply: Reply, today: date) -> Reply:
    """The command or tap that these typed words stand for; else the reply as it is. Links are looked for at the
    welcome only: further on, words are answers.
    """
    if not isinstance(reply, TextReply):
        return reply
    code = _find_start_code(session, reply.text, today) if run.step == WELCOME else None
    return Command("start", code) if code else resolve_confirmation(run, reply, get_labels(walk, run))


def _find_start_code(session: Session, text: str, today: date) -> str | None:
    """The code in a link, whether anybody knows it or not; a bare one only where it is known."""
    match = _CODE_ONLY.fullmatch(text.strip())
    if match is None or match[1].casefold() in RESERVED_CODES:
        return find_start_parameter(text)
    code = match[1].casefold()
    if code.startswith(RESULTS_LINK_PREFIX):
        return code if find_results_by_key(session, code[len(RESULTS_LINK_PREFIX) :]) else None
    return None if resolve_link(session, code, today).problem == "link_unknown" else code


@dataclass(frozen=True, slots=True)
class TurnResult:
    """An update was taken in: the kinds of the events that followed, and where the run stands now.

    `due`: what is to be said of it, where nothing waits before it.
    """

    event_kinds: tuple[str, ...] = ()
    step: str | None = None
    entry: outbox.OutboxEntry | None = None


class NewerRunError(Exception):
    """A newer version of the bot, beside this one, has gone on with this run: it knows more of its flow than we do."""


def take_update(
    database: Database, update: IncomingUpdate, now: datetime, *, should_adapt_run: bool = True
) -> TurnResult | None:
    """Takes one update in, whole or not at all.

    None: it was taken in before, and nothing changed. `fit`: a run of a newer version of its flow is fitted to ours;
    else `RunNewer` is raised. Raises `StorageAway` where the database can't be used just now. Whatever is raised:
    nothing was kept, and the update may come again.
    """
    if update.content == "blocked":
        return _handle_block(database, update)
    if isinstance(update.content, GroupUpdate):
        event_kinds = take_group_update(database, update, update.content, now)
        return None if event_kinds is None else TurnResult(event_kinds)
    return take_turn(database, update, update.content, now, should_adapt_run=should_adapt_run)


def take_turn(
    database: Database, update: IncomingUpdate, reply: Reply, now: datetime, *, should_adapt_run: bool = True
) -> TurnResult | None:
    """Takes one reply in. A run that can't be gone on with (its flow is gone, its bytes are damaged) begins anew."""
    context = _make_context(update)
    with database.nested() as session:
        try:
            context, reply = _resolve_reply(session, update, context, reply, now, should_adapt_run=should_adapt_run)
            run = load_or_start_run(session, context)
            if run is None:
                return None
            run = _replace_forbidden_run(session, context, run)
            walk = load_walk(run.flow)
            if run.version > walk.flow.version and not should_adapt_run:
                raise NewerRunError
            resolved_reply = resolve_text_reply(session, walk, run, reply, now.date())
            if resolved_reply is not reply:
                context, reply = _resolve_reply(
                    session, update, context, resolved_reply, now, should_adapt_run=should_adapt_run
                )
                run = run if run.prompt else start_run(session, context)
                walk = load_walk(run.flow)
            turn = take_coordinator_turn(session, context, run, reply, now)
            turn = update_confirmation(run, turn) if turn else engine.handle_reply(walk, run, reply, now)
        except (RunUnreadableError, UnknownFlowError) as error:
            if not should_adapt_run and _may_be_from_newer_version(error):
                raise NewerRunError from error
            delete_run(session, context.chat_id)
            run = start_run(session, context)
            turn = engine.restart_run(load_walk(run.flow), run, now)
        saved = save_turn(session, context, run, turn, now)
        entry = (
            outbox.find_entry_if_next(session, context.chat_id, saved.stored)
            if saved.stored and database.is_embedded
            else None
        )
    if turn.run is None or any(isinstance(event, ResponseWithdrawn | CampaignClosed) for event in saved.events):
        database.checkpoint()
    return replace(make_turn_result(turn.run, saved.events), entry=entry)


def _resolve_reply(
    session: Session,
    update: IncomingUpdate,
    context: UpdateContext,
    reply: Reply,
    now: datetime,
    *,
    should_adapt_run: bool,
) -> tuple[UpdateContext, Reply]:
    """The reply with what is known of the results that it asks for, or of the link that was followed."""
    return _resolve_link_follow(
        session,
        update,
        context,
        resolve_results_request(session, context, reply),
        now,
        should_adapt_run=should_adapt_run,
    )


def _resolve_link_follow(
    session: Session,
    update: IncomingUpdate,
    context: UpdateContext,
    reply: Reply,
    now: datetime,
    *,
    should_adapt_run: bool,
) -> tuple[UpdateContext, Reply]:
    """Where a campaign's link was followed: how a run of that campaign would begin, and the link as a reply.

    So it is where a coordinator opens one.
    """
    if (
        isinstance(reply, Tap)
        and reply.action == OPEN_CAMPAIGN_ACTION
        and find_coordinator(session, context.chat_id, is_configured=context.is_configured)
    ):
        other_context = _make_context(replace(update, flow=OPEN_CAMPAIGN_FLOW_ID))
        return other_context, LinkFollow(start_run(session, other_context), confirmed_prompt=_parse_prompt(reply.value))
    code, confirmed_prompt = _find_campaign_code(reply)
    if code is None:
        return context, reply
    found = resolve_link(session, code, now.date())
    if found.problem:
        target_campaign = (
            None if found.problem == "link_unknown" else find_campaign_info(session, code.strip().casefold())
        )
        return context, LinkFollow(None, found.problem, unavailable_campaign=target_campaign)
    if not is_known_flow(found.flow):  # it left the library; or a newer version of the bot has it
        if not should_adapt_run:
            raise NewerRunError
        return context, LinkFollow(
            None, "link_closed", unavailable_campaign=find_campaign_info(session, found.campaign)
        )
    other_context = _make_context(replace(update, flow=found.flow), found.language)
    other_context = replace(other_context, campaign=found.campaign)
    return other_context, LinkFollow(start_run(session, other_context), confirmed_prompt=confirmed_prompt)


def _find_campaign_code(reply: Reply) -> tuple[str | None, int | None]:
    """The code of the link that was followed, and the asking that may be given up for it."""
    match reply:
        case Command("start", argument) if argument not in RESERVED_CODES and find_invitation_token(reply) is None:
            return argument, None
        case Tap(action="begin_other"):
            code, _, prompt = reply.value.partition("-")
            return code, _parse_prompt(prompt)
    return None, None


def _parse_prompt(text: str) -> int | None:
    return int(text) if text.isdecimal() else None


def _replace_forbidden_run(session: Session, context: UpdateContext, run: Run) -> Run:
    """The run; a new one in place of one that would open a campaign, where its chat is no coordinator's any more."""
    if load_walk(run.flow).flow.gives == "response" or find_coordinator(
        session, context.chat_id, is_configured=context.is_configured
    ):
        return run
    delete_run(session, context.chat_id)
    return start_run(session, context)


def _may_be_from_newer_version(error: RunUnreadableError | UnknownFlowError) -> bool:
    """Whether a newer version of the bot may well know what to do with the run."""
    return isinstance(error, UnknownFlowError) or error.version > load_walk(error.flow).flow.version


def make_turn_result(run: Run | None, events: tuple[Event, ...]) -> TurnResult:
    """What followed from a turn that was saved. `run` is None where it is over."""
    return TurnResult(tuple(event.kind for event in events), run.step if run else None)


def _handle_block(database: Database, update: IncomingUpdate) -> TurnResult | None:
    """Somebody blocked the bot: the run is over, and nothing is to be said there."""
    with database.nested() as session:
        if is_update_processed(session, update.chat_id, update.update_id):
            return None
        record_update(session, update.chat_id, update.update_id)
        delete_entries(session, update.chat_id)
        delete_run(session, update.chat_id)
        delete_idle_chat(session, update.chat_id)
    database.checkpoint()
    return TurnResult()


def _make_context(update: IncomingUpdate, default_language: str = "") -> UpdateContext:
    """How a new run of the sender would begin: in their language; in the campaign's, where the flow has not theirs."""
    flow = load_walk(update.flow).flow
    language = choose_language(update.language, set(flow.labels), default_language or flow.language)
    campaign = GENERAL_CAMPAIGN if flow.gives == "response" else ""
    return UpdateContext(
        update.update_id, update.chat_id, flow.id, flow.version, language, update.tap, campaign, update.is_configured
    )
