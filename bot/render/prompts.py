"""Messages that ask: the welcome, questions, forks, the check page, and what typed words may have meant."""

from html import escape

from bot.render.localization import Voice
from bot.render.messages import Button, Edit, Message
from flows.campaign import Link
from flows.events.prompts import AskClosed, CheckReached, ChoiceUnclear, CommentOffered, PlaceReached, WordsFound
from flows.schema import CHECK, WELCOME, Place


# @@DOC Whom one answers to, about what, and what comes back: at the welcome, on the way, before sending, and after.
def asked_by(link: Link | None, voice: Voice) -> list[str]:
    """Whom one answers to, about what, and what comes back when."""
    if link is None:
        return []
    asker, about = escape(link.asker), escape(link.about)
    asked = "asker_about" if asker and about else "asker" if asker else "about"
    lines = [voice.say(f"asked_{asked}", {"asker": asker, "about": about})] if asker or about else []
    lines += [f"“{escape(link.welcome)}”"] if link.welcome else []
    if link.promise:
        lines.append(promised(link, voice))
    return lines


def promised(link: Link, voice: Voice) -> str:
    """What comes back, and by when: of a day that is over, nothing is said."""
    day = link.promised_by
    by = voice.say("promised_by", {"date": voice.date(day)}) if day and not voice.is_past(day) else ""
    return voice.say("promise", {"promise": escape(link.promise), "by": by})


def welcome_back(link: Link, voice: Voice) -> list[str]:
    """Whose questions these are, and about what: the welcome that said so may be days above."""
    told = {"asker": escape(link.asker), "about": escape(link.about)}
    asked = "_".join(name for name, said in told.items() if said)
    return [voice.say(f"welcome_back_{asked}" if asked else "welcome_back", told)]


def whose(link: Link | None, voice: Voice) -> list[str]:
    """The first lines of the check page, in a campaign."""
    told = {"about": link.about, "asker": link.asker} if link else {}
    lines = [voice.say(f"check_{name}", {name: escape(said)}) for name, said in told.items() if said]
    return ["\n".join(lines)] if lines else []


def leads_nowhere(notice: str | None, led: Link, voice: Voice) -> list[str]:
    """Why a link leads nowhere today, and where it would have led."""
    day = voice.date(led.opens_on) if led.opens_on else ""
    return [voice.say(notice, {"led": voice.subject(led.about), "day": day})] if notice else []


def ask_place(event: PlaceReached, voice: Voice) -> Message:
    """The welcome, a question, or a fork."""
    if event.place == WELCOME:
        return _welcome(event, voice)
    place = voice.flow.by_id[event.place]
    before = welcome_back(event.link, voice) if event.link else _before(event.notice, event.noted, voice)
    parts = [*before, voice.question(place, event.answers)]
    if event.changing and place.kind == "text":  # far from the question that it follows
        parts.insert(-1, f"<b>{voice.name(place.id)}</b>")
    if event.why:
        parts.append(voice.words.text(f"{place.id}.why"))
    if event.given is not None and place.kind != "fork":
        parts += _given(event, place, voice)
    elif place.kind == "text":
        parts.append(voice.say("type_needed" if place.needed else "type_words"))
    buttons = (*_choices(event.ask, place, voice), *_ways(event, place, voice))
    return Message("\n\n".join(parts), buttons, event.ask)


def ask_check(event: CheckReached, voice: Voice, receipt: str) -> Message:
    """The check page: every answer with its *Change*, then *Send*, which carries the receipt.

    *Send* stands first and last: the page is taller than a small phone, and some show its start, some its end.
    """
    shown = {question: value for question, value in event.answers.items() if _has_line(question, value, voice)}
    lines = "\n".join(_checked(question, value, voice) for question, value in shown.items())
    send = voice.way("send")
    notice = _before(event.notice, event.noted, voice)
    parts = [*notice, *whose(event.link, voice), voice.say("check", {"lines": lines, "send": send})]
    changes = [
        voice.button(voice.say("change", {"name": voice.name(question)}), CHECK, event.ask, "change", question)
        for question in shown
    ]
    sends = voice.button(send, CHECK, event.ask, "send", receipt)
    ends = [voice.button(voice.way(act), CHECK, event.ask, act) for act in ("back", "stop")]
    return Message("\n\n".join(parts), (sends, *changes, *ends, sends), event.ask)


def ask_which(event: ChoiceUnclear, voice: Voice) -> Message:
    """Typed words were near to these choices."""
    candidates = [_choice(event.ask, event.place, choice, voice) for choice in event.candidates]
    none = voice.button(voice.way("none_of_these"), event.place, event.ask, "none")
    return Message(voice.say("which"), (*candidates, none), event.ask)


def ask_comment(event: CommentOffered, voice: Voice) -> Message:
    """Typed words fit none of the choices: these stand there again, before *Keep* and *Leave out*."""
    place = voice.flow.by_id.get(event.place)
    kind = place.kind if place else event.place
    text = voice.say(f"comment_offered_{kind}", {"words": escape(event.words)})
    buttons = (
        *(_choices(event.ask, place, voice) if place else ()),
        voice.button(voice.way("keep_comment"), event.place, event.ask, "keep"),
        voice.button(voice.way("leave_out"), event.place, event.ask, "leave"),
    )
    return Message("\n\n".join([*_before(event.notice, None, voice), text]), buttons, event.ask)


def ask_found(event: WordsFound, voice: Voice) -> Message:
    """Something was found in typed words: they stand there without it."""
    text = voice.say("words_found", {"words": escape(event.words)})
    buttons = tuple(voice.button(voice.way(act), event.place, event.ask, act) for act in ("take_out", "keep_whole"))
    return Message("\n\n".join([*_before(event.notice, None, voice), text]), buttons, event.ask)


def close_ask(event: AskClosed, voice: Voice) -> Edit:
    """An asking is over: its message shows what was chosen, and has no buttons."""
    place = voice.flow.by_id.get(event.place)
    if place is None or (event.chosen is None and not event.skipped):
        return Edit(event.ask)
    shown = voice.say("skipped")
    if event.chosen is not None:
        shown = voice.chosen(voice.label(place.id, event.chosen))
    return Edit(event.ask, f"{voice.question(place, event.answers)}\n\n{shown}")


def _welcome(event: PlaceReached, voice: Voice) -> Message:
    start = voice.button(voice.way("start"), WELCOME, event.ask, "start")
    if event.notice == "kept":
        return Message(voice.tell("kept"), (start,), event.ask)
    kept = voice.button(voice.way("how_kept"), WELCOME, event.ask, "kept")
    if event.notice == "begin_below":
        asked = "begin_below_group" if event.link else "begin_below"
        return Message(voice.say(asked, {"start": start.text, "kept": kept.text}), (start, kept), event.ask)
    notice = leads_nowhere(event.notice, event.led, voice) if event.led else _before(event.notice, None, voice)
    return Message(
        "\n\n".join([*notice, *asked_by(event.link, voice), voice.tell("welcome")]), (start, kept), event.ask
    )


def _before(notice: str | None, noted: tuple[str, str] | None, voice: Voice) -> list[str]:
    """What is said before something is asked: a notice, and what was understood from typed words."""
    said = [voice.say(notice, {"send": voice.way("send"), "start": voice.way("start")})] if notice else []
    return [*said, voice.say("noted", {"label": voice.label(*noted)})] if noted else said


def _given(event: PlaceReached, place: Place, voice: Voice) -> list[str]:
    assert event.given is not None
    if place.kind == "choice":
        return [voice.say("given_choice", {"label": voice.label(place.id, event.given)})]
    given = voice.say("given_words", {"words": escape(event.given)})
    return [given, voice.say("change_words" if event.changing else "add_words")]


def _choices(ask: int, place: Place, voice: Voice) -> list[Button]:
    if place.kind == "fork":
        return [voice.button(voice.label(place.id, way), place.id, ask, way) for way in ("send_now", "go_on")]
    return [_choice(ask, place.id, choice.id, voice) for choice in place.choices]


def _choice(ask: int, place: str, choice: str, voice: Voice) -> Button:
    return voice.button(voice.label(place, choice), place, ask, "answer", choice)


def _ways(event: PlaceReached, place: Place, voice: Voice) -> list[Button]:
    """The ways on: skip (or leave what was given), take out, back, why; at a fork, stop."""
    labels = {}
    if place.kind != "fork" and not (place.needed and event.given is None):
        labels["skip"] = voice.way("skip") if event.given is None else voice.say("leave_as_is")
    if place.kind == "text" and event.given is not None and not place.needed:
        labels["clear"] = voice.say("take_out")
    if not event.changing:
        labels["back"] = voice.say("not_meant") if event.noted else voice.way("back")
    if place.kind == "fork":
        labels["stop"] = voice.way("stop")
    elif not event.why:
        labels["why"] = voice.way("why")
    return [voice.button(label, place.id, event.ask, act) for act, label in labels.items()]


def _has_line(question: str, value: str | None, voice: Voice) -> bool:
    """Comments that were skipped have none: words can be added by typing, and the page is long enough."""
    return value is not None or voice.flow.by_id[question].kind != "text"


def _checked(question: str, value: str | None, voice: Voice) -> str:
    name = voice.name(question)
    if value is None and voice.words.has(f"{question}.skipped"):  # what it means, where that is not plain
        return voice.say("check_choice", {"name": name, "label": voice.words.text(f"{question}.skipped")})
    if value is None:
        return voice.say("check_skipped", {"name": name})
    if voice.flow.by_id[question].kind == "choice":
        return voice.say("check_choice", {"name": name, "label": voice.label(question, value)})
    return voice.say("check_words", {"name": name, "words": escape(value)})
