"""The error that stops a command of the local stack."""


class Refusal(Exception):  # noqa: N818
    """One line for the user: what is wrong, and how to fix it."""
