"""Behaviour of the library `transitions` that walks rely on, beyond its tutorial."""

from dataclasses import dataclass
from importlib.metadata import version

import pytest
from transitions import EventData, Machine, MachineError


@dataclass(slots=True)
class Light:
    """A model with its state and the field that a condition reads."""

    state: str
    is_tired: bool = False


def is_tired(event: EventData) -> bool:
    assert isinstance(event.model, Light)
    return event.model.is_tired


def make_machine() -> Machine:
    return Machine(
        model=None,
        states=["home", "shop", "bed"],
        transitions=[
            {"trigger": "go", "source": "home", "dest": "bed", "conditions": [is_tired]},
            {"trigger": "go", "source": "home", "dest": "shop"},
            {"trigger": "sleep", "source": "home", "dest": "bed", "conditions": [is_tired]},
        ],
        initial="home",
        auto_transitions=False,
        send_event=True,
        queued=False,
    )


def test_the_installed_version_is_the_one_tested() -> None:
    assert version("transitions") == "0.9.3"


def test_an_event_moves_a_model_that_was_never_registered() -> None:
    machine = make_machine()
    light = Light("home")
    assert machine.events["go"].trigger(light) is True
    assert light.state == "shop"
    assert machine.models == []


def test_transitions_are_tried_in_the_order_they_were_added() -> None:
    light = Light("home", is_tired=True)
    make_machine().events["go"].trigger(light)
    assert light.state == "bed"


def test_an_event_without_a_fulfilled_condition_returns_false() -> None:
    light = Light("home")
    assert make_machine().events["sleep"].trigger(light) is False
    assert light.state == "home"


def test_the_library_adds_nothing_to_the_model() -> None:
    light = Light("home")
    make_machine().events["go"].trigger(light)
    assert not hasattr(light, "__dict__")
    assert not hasattr(light, "go")


def test_an_event_unknown_to_the_state_is_a_machine_error() -> None:
    light = Light("bed")
    with pytest.raises(MachineError):
        make_machine().events["go"].trigger(light)
    assert light.state == "bed"


def test_an_unknown_state_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="moon"):
        make_machine().events["go"].trigger(Light("moon"))


def test_an_unknown_event_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        make_machine().events["fly"]


def test_an_event_lists_its_source_states() -> None:
    assert set(make_machine().events["go"].transitions) == {"home"}


def test_two_models_on_one_machine_are_independent() -> None:
    machine = make_machine()
    one, other = Light("home"), Light("home", is_tired=True)
    machine.events["go"].trigger(one)
    machine.events["go"].trigger(other)
    assert (one.state, other.state) == ("shop", "bed")


def test_auto_transitions_are_off() -> None:
    assert set(make_machine().events) == {"go", "sleep"}
