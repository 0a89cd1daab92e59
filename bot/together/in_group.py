"""What is told in a group. Pure. Its only buttons open a chat of one's own."""

from functools import partial

from bot.answering_to import asked_by
from bot.linking import link
from bot.pictures.tallies import Results
from bot.says import Button, Message, OfResults, Restated, Say
from bot.speaking import Voice
from bot.together.telling import told_in_words
from flows.in_group import AnyEvent, GreetingTakenBack, GroupAnswered, GroupGreeted, GroupWordsTold
from flows.link import Link

OUTSIDE = frozenset({"group_elsewhere", "group_no_campaign"})  # leads to a chat of one's own, out of any campaign
GREETING = 1  # the number under which the newest greeting can be found again


def tell_in_group(event: AnyEvent, voice: Voice) -> Say:
    """What is said of one event in a group."""
    match event:
        case GroupGreeted():
            return Restated(_greeting(event, voice), event.since)
        case GreetingTakenBack():
            return Restated(None, 0)
        case GroupAnswered():
            buttons = (_private(event.link, voice),) if event.link or event.topic in OUTSIDE else ()
            return Message(voice.say(event.topic, {"about": _about(event.link, voice)}), buttons)
        case GroupWordsTold():
            return OfResults(event.campaign, partial(_words, event, voice))


def _greeting(event: GroupGreeted, voice: Voice) -> Message:
    """Who asks, about what, what comes back; and that nobody is asked here."""
    of = event.link
    if of and event.over:
        over = "group_over" if of.shown else "group_over_never"
        return Message(voice.say(over, {"about": _about(of, voice)}), (), GREETING)
    if event.fault:
        return Message(voice.say(f"group_brought_{event.fault}"), (), GREETING)
    if of is None:
        return Message(voice.say("group_hello"), (_private(None, voice),), GREETING)
    text = "\n\n".join([voice.say("group_hello_all"), *asked_by(of, voice), voice.say("group_how")])
    return Message(text, (_private(of, voice),), GREETING)


def _words(event: GroupWordsTold, voice: Voice, results: Results | None) -> Message:
    buttons = (_private(event.link, voice),) if event.link else ()
    return Message(told_in_words(results, voice, "group_withheld") if results else voice.say("results_away"), buttons)


def _about(of: Link | None, voice: Voice) -> str:
    return voice.subject(of.about if of else "")


def _private(of: Link | None, voice: Voice) -> Button:
    """Opens the private chat: with the campaign's link, if it is open."""
    return Button(voice.say("group_answer" if of else "open_private"), url=link(voice.me, of.code if of else "group"))
