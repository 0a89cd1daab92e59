"""Errors in a flow's files.

FlowError                a flow cannot be used: names the file, the step or text, and the fix
├── MissingTextError     a language file lacks a text, or a text cannot be rendered
└── UnknownFlowError     there is no flow of that name
"""


class FlowError(Exception):
    """A flow cannot be used as it is. Its text is one sentence for the flow's author: file, place, fix."""


class MissingTextError(FlowError):
    """A language file lacks a text, or a text cannot be rendered."""


class UnknownFlowError(FlowError):
    """The library has no flow of that name."""
