"""Replies that stand for another reply: pasted links, typed confirmations, requests for results, campaign links.

`RESOLVERS` are applied in order, once a turn. Each returns what it was given unless the reply concerns it. They read
the database; the engine, which decides what follows, does not.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime

from bot.handlers.coordinator import find_invitation_token
from bot.handlers.errors import NewerRunError
from bot.handlers.results import add_chart_counts
from bot.render.buttons import RESULTS_LINK_PREFIX, RESULTS_PAGE_ACTION, find_start_parameter
from bot.render.localization import choose_language
from bot.telegram.updates import IncomingUpdate
from flows.campaign import ResultsInfo
from flows.engine.confirmations import resolve_confirmation
from flows.engine.text_replies import get_labels
from flows.events.coordinator import OPEN_CAMPAIGN_ACTION
from flows.loader import OPEN_CAMPAIGN_FLOW_ID, is_known_flow, load_walk
from flows.models import Command, LinkFollow, Reply, ResultsRequest, Run, Tap, TextReply
from flows.schema import WELCOME
from storage.access import find_organisation_campaign, find_results_by_key, load_visible_results
from storage.campaigns.coordinators import find_coordinator
from storage.campaigns.repository import GENERAL_CAMPAIGN, RESERVED_CODES, find_campaign_info, resolve_link
from storage.conversations.runs import UpdateContext, start_run
from storage.db.session import Session

# A code alone, or after /start.
START_CODE_PATTERN = re.compile(r"(?:/?start\s+)?([\w-]{1,64})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ReceivedReply:
    """A reply and what it arrived with.

    `context` says how a new run of this chat would begin; `run` is the chat's unfinished run, if it has one.
    `can_defer`: what needs a newer version of a flow raises `NewerRunError`, as another worker may have it.
    """

    update: IncomingUpdate
    context: UpdateContext
    reply: Reply
    now: datetime
    run: Run | None = None
    can_defer: bool = False


Resolver = Callable[[Session, ReceivedReply], ReceivedReply]


def make_context(update: IncomingUpdate, default_language: str = "") -> UpdateContext:
    """How a new run of the sender would begin: in their language if the flow has it, else in the campaign's."""
    flow = load_walk(update.flow).flow
    language = choose_language(update.language, set(flow.labels), default_language or flow.language)
    campaign = GENERAL_CAMPAIGN if flow.gives == "response" else ""
    return UpdateContext(
        update.update_id, update.chat_id, flow.id, flow.version, language, update.tap, campaign, update.is_configured
    )


def resolve_reply(session: Session, received: ReceivedReply) -> ReceivedReply:
    """The reply that the engine takes, and the context of the run that it would begin. Raises `NewerRunError`."""
    for resolve in RESOLVERS:
        received = resolve(session, received)
    return received


def resolve_pasted_link(session: Session, received: ReceivedReply) -> ReceivedReply:
    """A link or code that was typed at the welcome becomes /start with its code; further on, typed text is answers."""
    reply, run = received.reply, received.run
    if not isinstance(reply, TextReply) or (run and run.step != WELCOME):
        return received
    code = _find_start_code(session, reply.text, received.now.date())
    return replace(received, reply=Command("start", code)) if code else received


def resolve_typed_confirmation(_: Session, received: ReceivedReply) -> ReceivedReply:
    """Typed text that names a button of the open confirmation becomes a tap on it."""
    run = received.run
    if run is None or not isinstance(received.reply, TextReply):
        return received
    return replace(received, reply=resolve_confirmation(run, received.reply, get_labels(load_walk(run.flow), run)))


def resolve_results_request(session: Session, received: ReceivedReply) -> ReceivedReply:
    """/results, a link to results and the buttons that lead there become a request for what this chat may see."""
    context = received.context
    match received.reply:
        case Command("results") | Tap(action="results", value=""):
            visible = load_visible_results(session, context.chat_id, is_configured=context.is_configured)
            reply = ResultsRequest(add_chart_counts(visible)) if visible else Command("results")
        case Command("start", argument) if argument.casefold().startswith(RESULTS_LINK_PREFIX):
            linked = find_results_by_key(session, argument[len(RESULTS_LINK_PREFIX) :])
            reply = ResultsRequest(add_chart_counts([linked])) if linked else received.reply
        case Tap(action="results" | "page" as action, value=key):
            accessible = _mark_coordinated(session, context, _find_accessible_results(session, context, key))
            reply = ResultsRequest(add_chart_counts(accessible), is_report=action == RESULTS_PAGE_ACTION)
        case _:
            return received
    return replace(received, reply=reply)


def resolve_campaign_opening(session: Session, received: ReceivedReply) -> ReceivedReply:
    """A coordinator's button that opens a campaign becomes a link into the flow that asks about it."""
    reply, context = received.reply, received.context
    if not (isinstance(reply, Tap) and reply.action == OPEN_CAMPAIGN_ACTION):
        return received
    if not find_coordinator(session, context.chat_id, is_configured=context.is_configured):
        return received
    new_context = make_context(replace(received.update, flow=OPEN_CAMPAIGN_FLOW_ID))
    return _follow_link(session, received, new_context, _parse_prompt(reply.value))


def resolve_campaign_link(session: Session, received: ReceivedReply) -> ReceivedReply:
    """/start with a code, or the button that switches to another campaign, becomes a followed link."""
    code, confirmed_prompt = _find_campaign_code(received.reply)
    if code is None:
        return received
    target = resolve_link(session, code, received.now.date())
    if target.problem == "link_unknown":
        return replace(received, reply=LinkFollow(None, target.problem))
    if target.problem:
        campaign_info = find_campaign_info(session, code.strip().casefold())
        return replace(received, reply=LinkFollow(None, target.problem, unavailable_campaign=campaign_info))
    if not is_known_flow(target.flow):  # it left the library; or a newer version of the bot has it
        if received.can_defer:
            raise NewerRunError
        campaign_info = find_campaign_info(session, target.campaign)
        return replace(received, reply=LinkFollow(None, "link_closed", unavailable_campaign=campaign_info))
    new_context = make_context(replace(received.update, flow=target.flow), target.language)
    return _follow_link(session, received, replace(new_context, campaign=target.campaign), confirmed_prompt)


# Text is resolved first, as it may turn into a command or a tap; results before links, as both are /start with a code.
RESOLVERS: tuple[Resolver, ...] = (
    resolve_pasted_link,
    resolve_typed_confirmation,
    resolve_results_request,
    resolve_campaign_opening,
    resolve_campaign_link,
)


def _follow_link(
    session: Session, received: ReceivedReply, new_context: UpdateContext, confirmed_prompt: int | None
) -> ReceivedReply:
    reply = LinkFollow(start_run(session, new_context), confirmed_prompt=confirmed_prompt)
    return replace(received, context=new_context, reply=reply)


def _find_start_code(session: Session, text: str, today: date) -> str | None:
    """The code in a link, even an unknown one; a bare code only if it is known."""
    match = START_CODE_PATTERN.fullmatch(text.strip())
    if match is None or match[1].casefold() in RESERVED_CODES:
        return find_start_parameter(text)
    code = match[1].casefold()
    if code.startswith(RESULTS_LINK_PREFIX):
        return code if find_results_by_key(session, code[len(RESULTS_LINK_PREFIX) :]) else None
    return None if resolve_link(session, code, today).problem == "link_unknown" else code


def _find_campaign_code(reply: Reply) -> tuple[str | None, int | None]:
    """The code of a followed link, and the number of the prompt whose run may be given up for it."""
    match reply:
        case Command("start", argument) if argument not in RESERVED_CODES and find_invitation_token(reply) is None:
            return argument, None
        case Tap(action="begin_other", value=value):
            code, _, prompt = value.partition("-")
            return code, _parse_prompt(prompt)
    return None, None


def _parse_prompt(text: str) -> int | None:
    return int(text) if text.isdecimal() else None


def _find_accessible_results(session: Session, context: UpdateContext, key: str) -> list[ResultsInfo]:
    """The results that a button's key opens.

    The code of a results link opens those results to anyone. Any other key opens only the results of campaigns that
    this chat took part in or coordinates, so that a guessed or forwarded button opens nothing more than a link would.
    """
    linked = find_results_by_key(session, key)
    if linked:
        return [linked]
    visible = load_visible_results(session, context.chat_id, is_configured=context.is_configured)
    return [results_info for results_info in visible if results_info.key == key]


def _mark_coordinated(session: Session, context: UpdateContext, results_infos: list[ResultsInfo]) -> list[ResultsInfo]:
    """The same, marked where this chat coordinates the campaign: it gets a button back to the campaign's page."""
    coordinator = find_coordinator(session, context.chat_id, is_configured=context.is_configured)

    def is_coordinated(info: ResultsInfo) -> bool:
        return bool(coordinator and find_organisation_campaign(session, coordinator.organisation, info.campaign))

    return [replace(info, is_coordinator=is_coordinated(info)) for info in results_infos]
