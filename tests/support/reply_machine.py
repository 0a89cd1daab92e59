"""A state machine of any replies in any order, and what must hold after each (Hypothesis)."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from flows.engine import handle_reply
from flows.engine.comments import find_pending_redaction, has_pending_redaction
from flows.events import DeletionRequested, NoticeShown, RunDeleted, RunStopped
from flows.events.requests import SubmissionRequest
from flows.loader import load_walk
from flows.models import Answer, Command, Reply, Run, Tap, TextEdit, TextReply, UnreadableReply
from flows.schema import MAX_TEXT_LENGTH, REVIEW, STOPPED, WELCOME, count_utf16_units
from flows.text.matching import matches_label
from flows.text.redaction import find_identifiers, redact_identifiers
from tests.support.engine_chat import NOW
from tests.support.screen import Screen

FLOW = load_walk().flow


LABELS = FLOW.labels["en"]


KNOWN = sorted(
    {word for labels in LABELS.choices.values() for label in labels.values() for word in (label.text, *label.synonyms)}
    | {word for label in LABELS.actions.values() for word in (label.text, *label.synonyms)}
)


FOUND = "Mary rang from 01632 960 123."


TEXTS = st.one_of(
    st.sampled_from(KNOWN),
    st.sampled_from(KNOWN).flatmap(lambda word: st.sampled_from([word[: len(word) // 2], word[1:], f"not {word}"])),
    st.text(max_size=60),
    st.sampled_from(["", "  ", "better", "a bit", "no", "They rang back.", "<b>&", "I can't go on", "1", "6"]),
    st.sampled_from([FOUND, "Dr Patel listened.", f"I can't go on, {FOUND}", "keep it", "jo@example.org " * 46]),
    st.sampled_from(["x" * 340, "<&>" * 230, "👍" * 349, "x" * 4096]),
)


COMMANDS = ["start", "stop", "help", "delete", "mydata", "about", "kept", "language", "results", "nonsense"]


ACTIONS = [
    "answer",
    "skip",
    "back",
    "why",
    "change",
    "send",
    "stop",
    "keep",
    "leave",
    "none",
    "clear",
    "go_on",
    "dance",
]


ENDING = ["redact", "send", "delete_no", "leave", "start", "send_now", "skip", "resume", "none"]


class ReplyMachine(RuleBasedStateMachine):
    """A respondent who may do anything."""

    def __init__(self) -> None:
        super().__init__()
        self.screen = Screen()
        self.sent = 0

    def reply(self, reply: Reply) -> None:
        before, screen = self.screen.run, self.screen
        again = handle_reply(screen.walk, before, screen.resolve_reply(reply), NOW)
        events = screen.send_reply(reply)
        assert again.events == events, "the same arguments gave another turn"
        assert screen.is_over or again.run == screen.run
        if screen.is_over:
            self.check_end(events, reply)
            return
        assert screen.run.prompt >= before.prompt
        check_changes(before, screen.run, reply)

    def check_end(self, events: tuple[object, ...], reply: Reply) -> None:
        if isinstance(reply, Tap) and reply.action == "send":
            assert [event.answers for event in events if isinstance(event, SubmissionRequest)] == [
                self.screen.reviewed_answers
            ]
            self.sent += 1
        else:
            assert is_deletion(reply)
        self.screen.run = replace(self.screen.run, id=f"runrun{self.sent:02}{len(self.screen.messages) % 100:02}"[-8:])

    @initialize(
        taps=st.integers(0, 20), go_on=st.booleans(), text=st.sampled_from(["", "They rang back.", FOUND, "x" * 600])
    )
    def begins_somewhere(self, taps: int, go_on: bool, text: str) -> None:
        """Begins some way into the run, up to the review page; few runs would get there by chance."""
        self.reply(Command("start"))
        for _ in range(taps):
            step = FLOW.steps_by_id.get(self.screen.run.step)
            if find_pending_redaction(self.screen.run):
                self.reply(self.screen.visible_taps[0])
            elif text and step and step.kind == "text":
                self.types(text)
            elif self.screen.run.step != REVIEW:
                actions = ["start", "answer", "go_on" if go_on else "send_now", "skip"]
                self.reply(next(tap for action in actions for tap in self.screen.visible_taps if tap.action == action))

    @precondition(lambda self: self.screen.visible_taps)
    @rule(data=st.data())
    def taps_a_button_on_the_screen(self, data: st.DataObject) -> None:
        self.reply(data.draw(st.sampled_from(self.screen.visible_taps)))

    @precondition(lambda self: self.screen.visible_taps)
    @rule(data=st.data())
    def taps_on_towards_the_end(self, data: st.DataObject) -> None:
        on = [
            tap
            for tap in self.screen.visible_taps
            if tap.action in {"start", "answer", "skip", "go_on", "send_now", "change"}
        ]
        self.reply(data.draw(st.sampled_from(on or self.screen.visible_taps)))

    @precondition(lambda self: self.screen.all_taps)
    @rule(data=st.data())
    def taps_any_button_ever_shown(self, data: st.DataObject) -> None:
        self.reply(data.draw(st.sampled_from(self.screen.all_taps)))

    @precondition(lambda self: self.screen.all_taps)
    @rule(data=st.data(), what=st.sampled_from(["run", "prompt", "step", "action", "value"]))
    def taps_a_forged_button(self, data: st.DataObject, what: str) -> None:
        tap = data.draw(st.sampled_from(self.screen.all_taps))
        forged = {
            "run": "somebody",
            "prompt": data.draw(st.integers(0, 50)),
            "step": data.draw(st.sampled_from([*FLOW.steps_by_id, REVIEW, WELCOME, STOPPED, "weather"])),
            "action": data.draw(st.sampled_from(ACTIONS)),
            "value": data.draw(st.sampled_from(["", "2", "role", "weather", "carer"])),
        }[what]
        if (what, forged) != ("action", "send"):  # who forges a whole Send sends what they have
            self.reply(replace(tap, **{what: forged}))  # type: ignore[arg-type]

    @rule(text=TEXTS)
    def types(self, text: str) -> None:
        self.screen.last_message_id += 1
        self.reply(TextReply(text, self.screen.last_message_id))

    @rule(text=TEXTS, data=st.data())
    def edits(self, text: str, data: st.DataObject) -> None:
        self.reply(TextEdit(text, data.draw(st.integers(1, self.screen.last_message_id + 1))))

    @rule(name=st.sampled_from(COMMANDS))
    def commands(self, name: str) -> None:
        self.reply(Command(name))

    @rule(kind=st.sampled_from(["voice", "sticker", "photo", "other"]))
    def sends_something_without_words(self, kind: str) -> None:
        self.reply(UnreadableReply(kind))

    @invariant()
    def one_message_at_most_asks(self) -> None:
        assert len(self.screen.open_prompts) <= 1
        if self.screen.open_prompts:
            assert self.screen.open_prompts[0].prompt == self.screen.run.prompt
            assert self.screen.run.step != STOPPED

    @invariant()
    def whoever_is_under_way_has_a_button(self) -> None:
        assert not self.screen.run.prompt or self.screen.visible_taps

    @invariant()
    def nothing_is_kept_that_is_too_long(self) -> None:
        assert all(
            count_utf16_units(given.value or "") <= MAX_TEXT_LENGTH for given in self.screen.run.answers.values()
        )

    @invariant()
    def nothing_found_is_kept_unasked(self) -> None:
        text = [part for given in self.screen.run.answers.values() for part in given.texts]
        assert not any(find_identifiers(part.text) for part in text if not part.should_keep_original)
        waiting = [part for part in text if part.original]
        assert not waiting or self.screen.run.step not in {WELCOME, STOPPED}
        assert all(redact_identifiers(part.original) == part.text for part in waiting)

    def teardown(self) -> None:
        if not self.screen.run.prompt:
            return
        for way_out in (check_help, check_stop, check_deletion, check_back, check_way_to_the_end):
            way_out(copy_screen(self.screen))


def check_changes(before: Run, after: Run, reply: Reply) -> None:
    """Checks that only answers changed that this reply may change."""
    allowed = changeable_questions(before, reply)
    for question in {**before.answers, **after.answers}:
        was, now = before.answers.get(question), after.answers.get(question)
        if (
            was and now and has_pending_redaction(was) and not has_pending_redaction(now)
        ):  # what was found is taken out for good
            was = settle_answer(was)
        if was == now or question in allowed:
            continue
        assert was is not None, (question, reply)
        assert now is None, (question, reply)
        assert is_hidden(question, was, after.answers), (question, reply)


def settle_answer(given: Answer) -> Answer:
    return replace(given, texts=tuple(replace(part, original="") for part in given.texts))


def changeable_questions(run: Run, reply: Reply) -> set[str | None]:
    stands = run.resume_step or run.step
    here: set[str | None] = {stands, FLOW.find_comment_question(stands), find_pending_redaction(run) or stands}
    match reply:
        case Tap() if (reply.run, reply.prompt, reply.step) == (run.id, run.prompt, run.step):
            if reply.action in {"keep", "send_now", "go_on"}:
                return {FLOW.find_comment_question(run.step)}
            return here if reply.action in {"answer", "skip", "clear", "keep_original"} else set()
        case TextReply() if run.step != WELCOME and not run.confirmation:
            return here
        case TextEdit() if run.pending_text and reply.message_id in {
            run.pending_text.message_id,
            *(part.message_id for part in run.pending_text.texts),
        }:
            return here
        case TextEdit():
            return {
                name for name, one in run.answers.items() if any(p.message_id == reply.message_id for p in one.texts)
            }
    return set()


def is_hidden(question: str, was: Answer, answers: Mapping[str, Answer]) -> bool:
    """Whether a condition may have dropped this answer: it has no text, and the condition is not met now."""
    condition = FLOW.steps_by_id[question].show_if
    if condition is None or was.texts:
        return False
    other = answers.get(condition.question)
    return not condition.is_met(other.value if other else None)


def is_deletion(reply: Reply) -> bool:
    """A run without answers is deleted at once."""
    match reply:
        case Tap():
            return reply.action == "delete_yes"
        case TextReply():
            return any(matches_label(reply.text, LABELS.actions[way]) for way in ("delete_yes", "delete"))
    return reply == Command("delete")


def copy_screen(screen: Screen) -> Screen:
    return replace(screen, messages=deepcopy(screen.messages), all_taps=[], alerts=[])


def check_help(screen: Screen) -> None:
    screen.send_command("help")
    assert screen.get_event(NoticeShown).topic == "help"


def check_stop(screen: Screen) -> None:
    if screen.run.step == WELCOME:
        return
    stands = screen.run.resume_step or screen.run.step
    screen.send_command("stop")
    assert screen.has_event(RunStopped)
    assert (screen.run.step, screen.run.resume_step) == (STOPPED, stands)
    assert any(tap.action == "resume" for tap in screen.visible_taps)


def check_deletion(screen: Screen) -> None:
    """Deletion of answers is confirmed first; a run without answers is deleted at once."""
    answered = bool(screen.run.answers)
    screen.send_command("delete")
    if answered or not screen.is_over:
        assert screen.has_event(DeletionRequested)
        screen.send_reply(next(tap for tap in screen.visible_taps if tap.action == "delete_yes"))
    assert screen.has_event(RunDeleted)
    assert screen.is_over


def check_back(screen: Screen) -> None:
    screen.send_command("start")
    for _ in range(3 * len(FLOW.steps)):
        if screen.run.step == WELCOME:
            return
        screen.type_text("back")
    raise AssertionError(screen.run)


def check_way_to_the_end(screen: Screen) -> None:
    """A respondent who only taps visible buttons gets to the end."""
    pressed = []
    for _ in range(3 * len(FLOW.steps)):
        best = min(
            screen.visible_taps, key=lambda tap: ENDING.index(tap.action) if tap.action in ENDING else len(ENDING)
        )
        pressed.append(best)
        screen.send_reply(best)
        if screen.is_over:
            assert screen.has_event(SubmissionRequest)
            return
    raise AssertionError(pressed)
