"""What can be wrong with a flow, and with a reply.

FlowFault                a flow can't be used: names the file, the place and the fix
├── WordMissing          a language file lacks a text, or its text doesn't render
└── FlowUnknown          there is no flow of that name
"""


class FlowError(Exception):
    """A flow can't be used as it is. Its text is one sentence for whoever wrote the flow: file, place, fix."""


class MissingTextError(FlowError):
    """A text is missing from a language file, or it can't be rendered."""


class UnknownFlowError(FlowError):
    """No flow of that name is in the library."""
