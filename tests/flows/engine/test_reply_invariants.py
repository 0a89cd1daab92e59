"""Any replies in any order: taps on new, old and forged buttons, any words, edits, commands, voice notes.

The laws, held after every reply:
- nothing raises, and whatever is said is something that Telegram takes (tests.flows.screen);
- an answer changes only for the question on screen whose newest button was tapped, for the one whose words were typed
  or edited, or where a comment is kept; and it disappears only where a condition hides a choice;
- while a yes or no stands beside the walk, no typed word changes an answer;
- no answer holds what was found in words, unless the respondent chose to keep it; and nobody is asked about it but
  where they stand;
- the number of the asking never goes down, and only one message at a time asks for a reply;
- what is sent is what the last check page showed.
And from wherever that leads: help, stop, back to the welcome, delete and the end are all within reach.
"""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from flows.engine import take
from flows.engine.comments import undecided, waits
from flows.events import DeletionAsked, RunDeleted, RunStopped, Told
from flows.events.submission import RunSent
from flows.loader import load
from flows.models import Answer, Commanded, Edited, Reply, Run, Tapped, Typed, Unreadable
from flows.schema import CHECK, LONGEST, STOPPED, WELCOME, length
from flows.text.matching import means
from flows.text.redaction import found, scrubbed
from tests.support.engine_chat import NOW
from tests.support.screen import Screen

FLOW = load().flow
LABELS = FLOW.labels["en"]
KNOWN = sorted(
    {word for labels in LABELS.choices.values() for label in labels.values() for word in (label.text, *label.also)}
    | {word for label in LABELS.ways.values() for word in (label.text, *label.also)}
)
FOUND = "Mary rang from 01632 960 123."
WORDS = st.one_of(
    st.sampled_from(KNOWN),
    st.sampled_from(KNOWN).flatmap(lambda word: st.sampled_from([word[: len(word) // 2], word[1:], f"not {word}"])),
    st.text(max_size=60),
    st.sampled_from(["", "  ", "better", "a bit", "no", "They rang back.", "<b>&", "I can't go on", "1", "6"]),
    st.sampled_from([FOUND, "Dr Patel listened.", f"I can't go on, {FOUND}", "keep it", "jo@example.org " * 46]),
    st.sampled_from(["x" * 340, "<&>" * 230, "👍" * 349, "x" * 4096]),
)
COMMANDS = ["start", "stop", "help", "delete", "mydata", "about", "kept", "language", "results", "nonsense"]
ACTS = ["answer", "skip", "back", "why", "change", "send", "stop", "keep", "leave", "none", "clear", "go_on", "dance"]
ACTS += ["take_out", "keep_whole"]
ENDING = ["take_out", "send", "delete_no", "leave", "start", "send_now", "skip", "resume", "none"]


class AnyReplies(RuleBasedStateMachine):
    """One person who does anything at all."""

    def __init__(self) -> None:
        super().__init__()
        self.screen = Screen()
        self.sent = 0

    def reply(self, reply: Reply) -> None:
        before, screen = self.screen.run, self.screen
        again = take(screen.walk, before, reply, NOW)
        events = screen.replies(reply)
        assert again.events == events, "the same arguments gave another turn"
        assert screen.over or again.run == screen.run
        if screen.over:
            self.ended(events, reply)
            return
        assert screen.run.ask >= before.ask
        only_allowed_changes(before, screen.run, reply)

    def ended(self, events: tuple[object, ...], reply: Reply) -> None:
        if isinstance(reply, Tapped) and reply.act == "send":
            assert [event.answers for event in events if isinstance(event, RunSent)] == [self.screen.checked]
            self.sent += 1
        else:
            assert is_deletion(reply)
        self.screen.run = replace(self.screen.run, id=f"runrun{self.sent:02}{len(self.screen.shown) % 100:02}"[-8:])

    @initialize(
        taps=st.integers(0, 20), go_on=st.booleans(), words=st.sampled_from(["", "They rang back.", FOUND, "x" * 600])
    )
    def begins_somewhere(self, taps: int, go_on: bool, words: str) -> None:
        """Some way into the walk already, up to the check page; else few would get there."""
        self.reply(Commanded("start"))
        for _ in range(taps):
            place = FLOW.by_id.get(self.screen.run.place)
            if undecided(self.screen.run):
                self.reply(self.screen.left[0])
            elif words and place and place.kind == "text":
                self.types(words)
            elif self.screen.run.place != CHECK:
                acts = ["start", "answer", "go_on" if go_on else "send_now", "skip"]
                self.reply(next(tap for act in acts for tap in self.screen.left if tap.act == act))

    @precondition(lambda self: self.screen.left)
    @rule(data=st.data())
    def taps_a_button_on_the_screen(self, data: st.DataObject) -> None:
        self.reply(data.draw(st.sampled_from(self.screen.left)))

    @precondition(lambda self: self.screen.left)
    @rule(data=st.data())
    def taps_on_towards_the_end(self, data: st.DataObject) -> None:
        on = [tap for tap in self.screen.left if tap.act in {"start", "answer", "skip", "go_on", "send_now", "change"}]
        self.reply(data.draw(st.sampled_from(on or self.screen.left)))

    @precondition(lambda self: self.screen.ever)
    @rule(data=st.data())
    def taps_any_button_ever_shown(self, data: st.DataObject) -> None:
        self.reply(data.draw(st.sampled_from(self.screen.ever)))

    @precondition(lambda self: self.screen.ever)
    @rule(data=st.data(), what=st.sampled_from(["run", "ask", "place", "act", "value"]))
    def taps_a_forged_button(self, data: st.DataObject, what: str) -> None:
        tap = data.draw(st.sampled_from(self.screen.ever))
        forged = {
            "run": "somebody",
            "ask": data.draw(st.integers(0, 50)),
            "place": data.draw(st.sampled_from([*FLOW.by_id, CHECK, WELCOME, STOPPED, "weather"])),
            "act": data.draw(st.sampled_from(ACTS)),
            "value": data.draw(st.sampled_from(["", "2", "role", "weather", "carer"])),
        }[what]
        if (what, forged) != ("act", "send"):  # who forges a whole Send sends what they have
            self.reply(replace(tap, **{what: forged}))  # type: ignore[arg-type]

    @rule(words=WORDS)
    def types(self, words: str) -> None:
        self.screen.message += 1
        self.reply(Typed(words, self.screen.message))

    @rule(words=WORDS, data=st.data())
    def edits(self, words: str, data: st.DataObject) -> None:
        self.reply(Edited(words, data.draw(st.integers(1, self.screen.message + 1))))

    @rule(name=st.sampled_from(COMMANDS))
    def commands(self, name: str) -> None:
        self.reply(Commanded(name))

    @rule(kind=st.sampled_from(["voice", "sticker", "photo", "other"]))
    def sends_something_without_words(self, kind: str) -> None:
        self.reply(Unreadable(kind))

    @invariant()
    def one_message_at_most_asks(self) -> None:
        assert len(self.screen.asking) <= 1
        if self.screen.asking:
            assert self.screen.asking[0].ask == self.screen.run.ask
            assert self.screen.run.place != STOPPED

    @invariant()
    def whoever_is_under_way_has_a_button(self) -> None:
        assert not self.screen.run.ask or self.screen.left

    @invariant()
    def nothing_is_kept_that_is_too_long(self) -> None:
        assert all(length(given.value or "") <= LONGEST for given in self.screen.run.answers.values())

    @invariant()
    def nothing_found_is_kept_unasked(self) -> None:
        said = [part for given in self.screen.run.answers.values() for part in given.said]
        assert not any(found(part.words) for part in said if not part.whole)
        waiting = [part for part in said if part.typed]
        assert not waiting or self.screen.run.place not in {WELCOME, STOPPED}
        assert all(scrubbed(part.typed) == part.words for part in waiting)

    def teardown(self) -> None:
        if not self.screen.run.ask:
            return
        for way_out in (help_is_told, can_stop, can_delete, back_leads_to_the_welcome, taps_lead_to_the_end):
            way_out(deepcopy_but_the_walk(self.screen))


def only_allowed_changes(before: Run, after: Run, reply: Reply) -> None:
    """Holds each answer that changed against what this reply may have changed."""
    allowed = allowed_to_change(before, reply)
    for question in {**before.answers, **after.answers}:
        was, now = before.answers.get(question), after.answers.get(question)
        if was and now and waits(was) and not waits(now):  # what was found is taken out for good
            was = decided_answer(was)
        if was == now or question in allowed:
            continue
        assert was is not None, (question, reply)
        assert now is None, (question, reply)
        assert hidden(question, was, after.answers), (question, reply)


def decided_answer(given: Answer) -> Answer:
    return replace(given, said=tuple(replace(part, typed="") for part in given.said))


def allowed_to_change(run: Run, reply: Reply) -> set[str | None]:
    stands = run.left or run.place
    here: set[str | None] = {stands, FLOW.comment_of(stands), undecided(run) or stands}
    match reply:
        case Tapped() if (reply.run, reply.ask, reply.place) == (run.id, run.ask, run.place):
            if reply.act in {"keep", "send_now", "go_on"}:
                return {FLOW.comment_of(run.place)}
            return here if reply.act in {"answer", "skip", "clear", "keep_whole"} else set()
        case Typed() if run.place != WELCOME and not run.beside:
            return here
        case Edited() if run.held and reply.message in {run.held.message, *(part.message for part in run.held.said)}:
            return here
        case Edited():
            return {name for name, one in run.answers.items() if any(p.message == reply.message for p in one.said)}
    return set()


def hidden(question: str, was: Answer, answers: Mapping[str, Answer]) -> bool:
    """Whether a condition may have taken this answer away: no words, and the condition fails now."""
    condition = FLOW.by_id[question].show_if
    if condition is None or was.said:
        return False
    other = answers.get(condition.question)
    return not condition.holds(other.value if other else None)


def is_deletion(reply: Reply) -> bool:
    """A place without answers is erased at once."""
    match reply:
        case Tapped():
            return reply.act == "delete_yes"
        case Typed():
            return any(means(reply.words, LABELS.ways[way]) for way in ("delete_yes", "delete"))
    return reply == Commanded("delete")


def deepcopy_but_the_walk(screen: Screen) -> Screen:
    return replace(screen, shown=deepcopy(screen.shown), ever=[], alerts=[])


def help_is_told(screen: Screen) -> None:
    screen.commands("help")
    assert screen.heard(Told).topic == "help"


def can_stop(screen: Screen) -> None:
    if screen.run.place == WELCOME:
        return
    stands = screen.run.left or screen.run.place
    screen.commands("stop")
    assert screen.hears(RunStopped)
    assert (screen.run.place, screen.run.left) == (STOPPED, stands)
    assert any(tap.act == "resume" for tap in screen.left)


def can_delete(screen: Screen) -> None:
    """Answers are asked about first; a place without any is erased at once."""
    answered = bool(screen.run.answers)
    screen.commands("delete")
    if answered or not screen.over:
        assert screen.hears(DeletionAsked)
        screen.replies(next(tap for tap in screen.left if tap.act == "delete_yes"))
    assert screen.hears(RunDeleted)
    assert screen.over


def back_leads_to_the_welcome(screen: Screen) -> None:
    screen.commands("start")
    for _ in range(3 * len(FLOW.places)):
        if screen.run.place == WELCOME:
            return
        screen.types("back")
    raise AssertionError(screen.run)


def taps_lead_to_the_end(screen: Screen) -> None:
    """Somebody who only presses buttons on the screen gets to the end."""
    pressed = []
    for _ in range(3 * len(FLOW.places)):
        best = min(screen.left, key=lambda tap: ENDING.index(tap.act) if tap.act in ENDING else len(ENDING))
        pressed.append(best)
        screen.replies(best)
        if screen.over:
            assert screen.hears(RunSent)
            return
    raise AssertionError(pressed)


TestAnyReplies = AnyReplies.TestCase
