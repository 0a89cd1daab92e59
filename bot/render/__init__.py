"""Event → what is said, in the person's language. Pure: the same event, the same words."""

from bot.render.buttons import show_results
from bot.render.campaign_results import tell_in_group, tell_together
from bot.render.coordinator import opening, tell_desk
from bot.render.localization import Voice
from bot.render.messages import Alert, Button, Message, Say
from bot.render.moderation import tell_review
from bot.render.personal_data import give_data, tell_data
from bot.render.personal_result import tell_of_sent
from bot.render.prompts import ask_check, ask_comment, ask_found, ask_place, ask_which, close_ask
from bot.render.sharing import tell_given
from flows.callback_data import UNDER
from flows.events import (
    AnswerChanged,
    DataGiven,
    DataTold,
    DeletionAsked,
    Event,
    ReplyOutdated,
    RunDeleted,
    RunStopped,
    Told,
    coordinator,
    moderation,
    results,
)
from flows.events.prompts import (
    AskClosed,
    CheckReached,
    ChoiceUnclear,
    CommentOffered,
    OtherUnderway,
    PlaceReached,
    WordsFound,
)
from flows.events.submission import (
    AnsweredAlready,
    ResultDrawn,
    ResultTold,
    RunSent,
    SendOutdated,
    WithdrawalAsked,
    WithdrawalConfirmed,
)


def outbound(event: Event, voice: Voice, receipt: str) -> Say | None:
    """What is said of one event; None where nothing is. `receipt` is a fresh secret, for the *Send* button."""
    match event:
        case PlaceReached():
            return ask_place(event, voice)
        case CheckReached():
            return ask_check(event, voice, receipt)
        case AskClosed():
            return close_ask(event, voice)
        case ChoiceUnclear():
            return ask_which(event, voice)
        case CommentOffered():
            return ask_comment(event, voice)
        case WordsFound():
            return ask_found(event, voice)
        case ReplyOutdated():
            return Alert(_outdated(event, voice))
        case SendOutdated():
            return _send_outdated(event, voice)
        case ResultDrawn() | ResultTold() | AnsweredAlready():
            return tell_of_sent(event, voice)
        case _:
            return _beside_the_walk(event, voice)


def _beside_the_walk(event: Event, voice: Voice) -> Say | None:
    """What groups and coordinators are told; and what asks nothing."""
    if isinstance(event, results.ResultsEvent):
        return tell_together(event, voice)
    if isinstance(event, results.GroupEvent):
        return tell_in_group(event, voice)
    if isinstance(event, coordinator.ExportEvent):
        return tell_given(event, voice)
    if isinstance(event, moderation.ModerationEvent):
        return tell_review(event, voice)
    return tell_desk(event, voice) if isinstance(event, coordinator.CoordinatorEvent) else _told(event, voice)


def _told(event: Event, voice: Voice) -> Say | None:
    """What asks nothing, or only yes or no."""
    match event:
        case Told():
            return _topic(event, voice)
        case AnswerChanged():
            args = {"name": voice.name(event.question), "answer": voice.answer(event.question, event.value)}
            return Message(voice.say("answer_changed", args), _buttons(event.button, voice))
        case RunStopped():
            return Message(voice.say("stopped"), (_free(voice, voice.way("carry_on"), "resume"),))
        case DeletionAsked():
            yes = _free(voice, voice.way("delete_yes"), "delete_yes", str(event.ask))
            return Message(voice.say("deletion_asked"), (yes, _free(voice, voice.way("delete_no"), "delete_no")))
        case OtherUnderway():
            return _other(event, voice)
        case RunSent() | RunDeleted():
            return Message(voice.say("sent" if isinstance(event, RunSent) else "run_deleted"))
        case WithdrawalAsked() | WithdrawalConfirmed():
            return _withdrawal(event, voice)
        case DataTold():
            return tell_data(event, voice)
        case DataGiven():
            return give_data(event, voice)
    return None


def _other(event: OtherUnderway, voice: Voice) -> Message:
    """Two links, or a campaign to be opened: what is under way is not given up without a yes."""
    here = voice.subject(event.about)
    stay = _free(voice, voice.way("carry_on"), "resume")
    if event.link is None:
        return Message(voice.say("other_opens", {"here": here}), (stay, opening(voice, event.ask)))
    there = voice.subject(event.link.about)
    begin = _free(voice, voice.way("begin_other"), "begin_other", f"{event.link.code}-{event.ask}")
    return Message(voice.say("other_underway", {"here": here, "there": there}), (stay, begin))


def _withdrawal(event: WithdrawalAsked | WithdrawalConfirmed, voice: Voice) -> Say:
    if not event.found:
        return Alert(voice.say("nothing_withdrawn"))
    if isinstance(event, WithdrawalConfirmed):
        return Message(voice.say("withdrawn_released" if event.released else "withdrawn_waiting"))
    sure = _free(voice, voice.say("withdraw_yes"), "withdraw_yes", f"{event.receipt}{UNDER}{event.under or ''}")
    return Message(voice.say("withdrawal_asked"), (sure, _free(voice, voice.way("delete_no"), "withdraw_no")))


def _topic(event: Told, voice: Voice) -> Message:
    return Message(_text_of(event, voice), _buttons(event.button, voice))


def _text_of(event: Told, voice: Voice) -> str:
    if event.topic in {"about", "kept"}:
        return voice.tell(event.topic)
    topic = event.topic if voice.own.has(event.topic) else "cant_read_other"
    return voice.say(topic, {"number": event.number, "most": event.most, "send": voice.way("send")})


def _buttons(way: str | None, voice: Voice) -> tuple[Button, ...]:
    match way:
        case "carry_on_or_stop":
            on = _free(voice, voice.way("carry_on"), "resume", "calmly")
            return (on, _free(voice, voice.way("stop"), "stop"))
        case "carry_on":
            return (_free(voice, voice.say("back_to_questions"), "resume"),)
        case "results":
            return (show_results("", voice),)
    return ()


def _outdated(event: ReplyOutdated, voice: Voice) -> str:
    if event.at is None:
        return voice.say("outdated_nowhere")
    return voice.say("outdated_question" if event.answered else "outdated_here")


def _send_outdated(event: SendOutdated, voice: Voice) -> Say:
    """While the result may still be coming, a second tap is no reason for one more message."""
    if event.found and not event.waiting:
        return Message(voice.say("sent_already"), (_free(voice, voice.say("delete_sent"), "withdraw", event.receipt),))
    if event.opened and not event.found:
        return Alert(voice.say("opened_already"))
    return Alert(voice.say("outdated_sent" if event.found else "outdated_send"))


def _free(voice: Voice, text: str, act: str, value: str = "") -> Button:
    """A button that answers no question: it counts whenever it is pressed."""
    return voice.button(text, "", 0, act, value)
