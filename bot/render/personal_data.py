"""What is kept about a person, for them: told in a message, and given whole as a file of plain text."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from bot.render.localization import Voice, plain
from bot.render.messages import Document, Message
from flows.events import DataGiven, DataTold
from flows.personal_data import Kept, KeptAct, KeptAnswer, KeptBeside, KeptRun
from flows.schema import CHECK, WELCOME, Place

APART = "\n\n\n"  # between two parts of the file


def tell_data(event: DataTold, voice: Voice) -> Message:
    """What is kept, in a message."""
    run, beside = event.kept.run, event.kept.beside
    parts = [voice.say("data_title")]
    if run:
        lines = [f"<b>{voice.name(name)}:</b> {voice.answer(name, value)}" for name, value in event.answers.items()]
        parts.append(voice.say("data", {"lines": "\n".join(lines) or voice.say("data_no_answers")}))
    elif not beside.aside:
        parts.append(voice.say(_no_run(event.kept)))
    more = {
        "data_aside": beside.aside,
        "data_coordinator": beside.of_coordinator,
        "data_mark": beside.took_part,
    }
    parts += [voice.say(key) for key, there in more.items() if there]
    back = (voice.button(voice.say("back_to_questions"), "", 0, "resume"),) if run else ()
    return Message("\n\n".join([*parts, voice.say("data_sent")]), back)


def give_data(event: DataGiven, voice: Voice) -> Document | None:
    """All that is kept, as a file; None where nothing is."""
    if event.kept.nothing:
        return None
    text = APART.join(_parts(event.kept, event.at, voice)) + "\n"
    return Document(voice.say("data_file_name"), text, voice.say("data_file"))


def _parts(kept: Kept, at: datetime, voice: Voice) -> Iterator[str]:
    run, beside = kept.run, kept.beside
    yield voice.say("file_title", {"title": voice.tell("title"), **_moment(at, voice)})
    if run:
        yield voice.say("file_chat", {"chat": str(beside.chat)})
        yield "\n\n".join(_run(run, at, voice))
        yield _numbers(run, beside, voice)
    else:
        yield voice.say("file_no_run")
        yield from () if beside.aside or beside.of_coordinator else (voice.say("file_no_chat"),)
    if beside.aside:
        about = voice.say("file_aside", {"chat": str(beside.chat)})
        yield "\n\n".join([about, *(one or voice.say("file_damaged") for one in beside.aside)])
    if beside.of_coordinator:
        acts = "\n".join(_act(one, voice) for one in beside.acts) or voice.say("file_no_acts")
        yield voice.say("file_coordinator", {"chat": str(beside.chat), "acts": acts})
    yield _sent(beside, voice)
    yield voice.say("file_end")


def _no_run(kept: Kept) -> str:
    if kept.nothing:
        return "data_nothing"
    return "data_no_answers_kept" if kept.beside.of_coordinator else "data_no_run"


def _act(act: KeptAct, voice: Voice) -> str:
    return voice.say("file_act", {"act": act.name, "campaign": act.campaign, **_moment(act.at, voice)})


def _run(run: KeptRun, at: datetime, voice: Voice) -> Iterator[str]:
    until = _moment(at + timedelta(days=voice.promises.days), voice)["date"]
    about = {"title": voice.tell("title"), "version": str(run.version), "language": voice.own.language}
    yield voice.say("file_run", {**about, "campaign": run.campaign, "until": until})
    yield voice.say("file_here", {"stopped": "yes" if run.stopped else "no", "place": _place(run, voice)})
    for place in voice.flow.places:
        if place.id in run.passed:
            yield f"{_asked(place, run, voice)}\n{voice.say('file_choice', {'label': voice.label(place.id, 'go_on')})}"
        elif place.id in run.answers:
            yield "\n".join([_asked(place, run, voice), *_answer(place, run.answers[place.id], voice)])
    if run.waiting:
        yield voice.say("file_waiting", {"words": run.waiting})
    if run.beside:
        yield voice.say("file_beside", {"what": run.beside})


def _place(run: KeptRun, voice: Voice) -> str:
    if run.place in {WELCOME, CHECK}:
        return voice.say(f"file_{run.place}")
    return f"“{_asked(voice.flow.by_id[run.place], run, voice)}”"


def _asked(place: Place, run: KeptRun, voice: Voice) -> str:
    """What was asked there, as it stood in the chat."""
    chosen = {name: given.value for name, given in run.answers.items() if given.value is not None}
    return plain(voice.question(place, chosen))


def _answer(place: Place, given: KeptAnswer, voice: Voice) -> Iterator[str]:
    if given.value is None:
        yield voice.say("file_skipped")
    elif place.kind == "choice":
        yield voice.say("file_choice", {"label": voice.label(place.id, given.value)})
    else:
        yield voice.say("file_words", {"words": given.value})
    if given.typed:
        yield voice.say("file_typed", {"words": given.typed})
    if given.whole:
        yield voice.say("file_whole")


def _numbers(run: KeptRun, beside: KeptBeside, voice: Voice) -> str:
    lists = {"messages": run.messages, "updates": beside.updates}
    none = voice.say("file_no_number")
    shown = {name: ", ".join(map(str, numbers)) or none for name, numbers in lists.items()}
    marks = {"changing": int(run.changing), "again": int(run.again)}
    return voice.say("file_numbers", {"run": voice.run, **shown, **marks, "buttons": _buttons(beside, voice) or none})


def _buttons(beside: KeptBeside, voice: Voice) -> str | None:
    if beside.buttons is None:
        return None
    message = {"message": str(beside.buttons)}
    if beside.since is None:
        return voice.say("file_buttons", message)
    return voice.say("file_buttons_since", {**message, **_moment(beside.since, voice)})


def _sent(beside: KeptBeside, voice: Voice) -> str:
    marks = [voice.say("file_mark", {"campaign": campaign}) for campaign in beside.took_part]
    return voice.say("file_sent", {"marks": "\n".join(marks) or voice.say("file_no_mark")})


def _moment(at: datetime, voice: Voice) -> Mapping[str, str]:
    """A moment as texts name it: its date and its time."""
    return {"date": voice.date(at), "time": f"{at:%H:%M}"}
