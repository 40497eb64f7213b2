"""Messages that are applied together: one that fails holds no other one back."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from customers.domain.refusals import Conflict, Unavailable
from customers.edge.messaging.outcomes import Outcome, tried_together


def test_of_several_that_fail_together_the_one_at_fault_alone_comes_again() -> None:
    def act(values: Sequence[str]) -> list[Outcome]:
        return [{"one": "first", "other": "second"}[each] for each in values]

    first, failed, second = tried_together(act, ["one", "unknown", "other"])
    assert (first, second) == ("first", "second")
    assert isinstance(failed, KeyError)


@pytest.mark.parametrize("fault", [Conflict, Unavailable])
def test_what_will_pass_is_no_single_message_s_fault(fault: type[Exception]) -> None:
    tries = []

    def act(values: Sequence[str]) -> list[Outcome]:
        tries.append(values)
        raise fault

    assert [type(each) for each in tried_together(act, ["one", "other"])] == [fault, fault]
    assert len(tries) == 1
