"""The error that stops a command."""


class Refusal(Exception):  # noqa: N818
    """One line for the operator: what is wrong, and how to fix it."""
