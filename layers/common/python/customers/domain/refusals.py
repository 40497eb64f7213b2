"""What the domain can say no to. `edge/http/problems.py` turns each into a status and a code."""

from __future__ import annotations


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not a fault
    """Something that was asked cannot be done. `issue` says what to mend and holds no personal data."""

    def __init__(self, field: str, issue: str) -> None:
        super().__init__(f"{field}: {issue}")
        self.field = field
        self.issue = issue


class ValidationError(Refusal):
    """A value breaks a rule that the caller can read in the documentation."""


class TooLarge(Refusal):
    """More was sent than is taken."""


class CannotApply(Refusal):
    """A fact that can never be applied as it stands."""


class NotYet(Refusal):
    """A fact about something that no earlier fact has made known yet."""


class KeyReused(Refusal):
    """Another request was sent with the same idempotency key."""


class InProgress(Refusal):
    """The same is being done by another, or others were always faster: it can be asked again as it is."""


class Throttled(Refusal):
    """It was asked for too often; `seconds` from now it can be asked again."""

    def __init__(self, field: str, issue: str, seconds: int) -> None:
        super().__init__(field, issue)
        self.seconds = seconds


class NotMounted(Refusal):
    """This environment does not answer the operation."""


class NotFound(Refusal):
    """Nothing of this enterprise has this id; of another enterprise's it is not known either."""


class Forbidden(Refusal):
    """The caller is known and may not do this."""


class Unauthenticated(Refusal):
    """The caller's token no longer proves anything."""


class Unavailable(Exception):  # noqa: N818 - said to the caller, who tries again
    """A store did not answer in time or asked for patience; nothing was changed by this call."""


class OutcomeUnknown(Unavailable):
    """A store did not say whether it has written. Asked again with the same key, it is not done twice."""


class Conflict(Exception):  # noqa: N818 - nothing is wrong: it is tried again
    """Other writers of the same thing were always faster; nothing was changed."""
