"""The refusals of the domain. `edge/http/problems.py` turns each into a status and a code."""

from __future__ import annotations


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not a fault
    """A request cannot be carried out. `issue` says what to fix and holds no personal data."""

    def __init__(self, field: str, issue: str) -> None:
        super().__init__(f"{field}: {issue}")
        self.field = field
        self.issue = issue


class ValidationError(Refusal):
    """A value breaks a rule that the caller can read in the documentation."""


class TooLarge(Refusal):
    """The body is too large."""


class CannotApply(Refusal):
    """A fact that can never be applied as it is."""


class NotYet(Refusal):
    """A fact that needs another fact first, which has not arrived yet."""


class KeyReused(Refusal):
    """Another request was sent with the same idempotency key."""


class InProgress(Refusal):
    """Another request does the same, or other writers were always faster: send the same request again."""


class Throttled(Refusal):
    """Too many requests; `seconds` from now one is possible again."""

    def __init__(self, field: str, issue: str, seconds: int) -> None:
        super().__init__(field, issue)
        self.seconds = seconds


class NotMounted(Refusal):
    """This environment does not offer the operation."""


class NotFound(Refusal):
    """Nothing in this enterprise has this id. The ids of other enterprises look the same."""


class Forbidden(Refusal):
    """The caller is authenticated, but not allowed to do this."""


class Unauthenticated(Refusal):
    """The caller's token is not valid, or no longer."""


class Unavailable(Exception):  # noqa: N818 - the caller tries again
    """A store did not answer in time, or throttled. This call changed nothing."""


class OutcomeUnknown(Unavailable):
    """A store did not say whether it wrote. A retry with the same key does nothing twice."""


class Conflict(Exception):  # noqa: N818 - nothing is wrong: try again
    """Other writers of the same rows were faster. Nothing was changed."""
