"""The result: which of the three the service passed, as a picture and in words, and what tends to help."""

from collections.abc import Mapping

from bot.graphics.result_card import Card, CardLine
from bot.render.buttons import show_results
from bot.render.localization import Voice
from bot.render.messages import Message, Picture
from bot.render.prompts import promised
from flows.campaign import Link
from flows.events.submission import AnsweredAlready, ResultDrawn, ResultTold
from flows.scoring import Scored, Summary, Verdict, summarise


def tell_of_sent(event: ResultDrawn | ResultTold | AnsweredAlready, voice: Voice) -> Picture | Message:
    """What is said of one event."""
    match event:
        case ResultDrawn():
            return tell_result(event, voice)
        case ResultTold():
            return tell_summary(event, voice)
        case AnsweredAlready():
            return tell_already(event, voice)


def tell_result(event: ResultDrawn, voice: Voice) -> Picture:
    """The picture, and under it the same in words, which do where the picture can't be."""
    summary = summarise(voice.flow, event.answers)
    lines = "\n".join(_line(one, event.answers, voice) for one in summary.scored)
    result = voice.say(f"result_{summary.verdict}")
    words = voice.say("result", {"lines": lines, "result": result})
    return Picture(draw_up(summary, voice), words, words)


def tell_summary(event: ResultTold, voice: Voice) -> Message:
    """What tends to help where the service fell short, what else was said, the rule, and the receipt; the way to what
    the group said, where there is one.
    """
    summary = summarise(voice.flow, event.answers)
    back = _comes_back(event.link, voice) if event.link and event.results else ""
    receipt = voice.say("receipt_over" if event.over else "receipt")
    parts = [_helps(summary, voice), _also_said(event.answers, voice), voice.say("rule"), back, receipt]
    withdraw = voice.button(voice.say("delete_sent"), "", 0, "withdraw", event.receipt)
    group = (show_results(event.results, voice),) if event.results else ()
    return Message("\n\n".join(part for part in parts if part), (*group, withdraw))


def _comes_back(link: Link, voice: Voice) -> str:
    """What the group promised, and how to see what all of them said: nobody can be written to any more."""
    how = voice.say("receipt_results")
    return f"{promised(link, voice)}\n\n{how}" if link.promise else how


def tell_already(event: AnsweredAlready, voice: Voice) -> Message:
    """Their answers are in, and how they are changed; the ways to what the group said, and back to what is open."""
    args = {"about": voice.subject(event.about), "send": voice.way("send")}
    text = voice.say("answered_already_unsent" if event.unsent else "answered_already", args)
    group = (show_results(event.results, voice),) if event.results else ()
    back = (voice.button(voice.say("back_to_questions"), "", 0, "resume"),) if event.underway else ()
    return Message(text, (*group, *back))


def draw_up(summary: Summary, voice: Voice) -> Card:
    """The picture's words."""
    lines = tuple(
        CardLine(voice.name(one.question), one.verdict.value, voice.say(f"card_{_said(one)}"), one.score)
        for one in summary.scored
    )
    return Card(
        title=voice.say("card_title"),
        lines=lines,
        result=voice.say(f"card_result_{summary.verdict}"),
        least=voice.say("card_least"),
        most=voice.say("card_most"),
        foot=voice.say("card_foot"),
    )


def _line(one: Scored, answers: Mapping[str, str | None], voice: Voice) -> str:
    asked = one.question in answers
    args = {
        "mark": voice.say(f"mark_{one.verdict}"),
        "name": voice.name(one.question),
        "verdict": voice.say(f"verdict_{_said(one)}"),
        "label": voice.answer(one.question, answers[one.question]) if asked else "none",
    }
    return voice.say("result_line", args)


def _said(one: Scored) -> str:
    """What is said of one question: the middle of the scale says something, though it counts for neither."""
    return "same" if one.score == 0 else one.verdict


def _helps(summary: Summary, voice: Voice) -> str:
    if summary.short_of:
        helps = [
            voice.say("helps", {"name": voice.name(question), "helps": voice.words.text(f"{question}.helps")})
            for question in summary.short_of
        ]
        return "\n".join([voice.say("helps_title"), *helps])
    return voice.say("helps_nothing" if summary.verdict is Verdict.PASSED else "helps_unsure")


def _also_said(answers: Mapping[str, str | None], voice: Voice) -> str:
    """The scales outside the test, each with its answer. What the person typed is not told again."""
    others = [
        place
        for place in voice.flow.questions
        if place.is_scale and place.part != voice.flow.test and place.id in answers
    ]
    if not others:
        return ""
    lines = [f"<b>{voice.name(place.id)}:</b> {voice.answer(place.id, answers[place.id])}" for place in others]
    return "\n".join([voice.say("also_said"), *lines])
