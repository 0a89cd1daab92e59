"""The button that withdraws a response."""

DELETE_LABEL = "Delete my answers"
