"""What stops a command, said in one line."""


class Refusal(Exception):  # noqa: N818
    """One line for the person at the keyboard: what is wrong, and what mends it."""
