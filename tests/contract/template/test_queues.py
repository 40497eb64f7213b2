"""The queues: who takes from which, when a message is given up, and that nobody but the bus may put one in."""

from __future__ import annotations

from typing import Any

import pytest

from customers.edge.http.capabilities import RETENTION_DAYS
from customers.edge.messaging.message_ends import MAX_TRIES
from customers.store.stats.shards import FEW
from tests.support.template.deployed import functions, policies, properties, resources
from tests.support.template.permissions import grants

QUEUES = properties("AWS::SQS::Queue")
MAPPINGS = properties("AWS::Lambda::EventSourceMapping")
TAKING = {
    each["EventSourceArn"].removesuffix(".Arn"): each for each in MAPPINGS.values() if "Queue" in each["EventSourceArn"]
}
WATCHED = "OverdrawnQueue"
"""A consumer that gave up a message after so many tries would give up the customer."""
CARRIES = "DeadFactsQueue"
"""Its consumer never gives up a message: no other queue would take it."""
RULES = {name: each for name, each in properties("AWS::Events::Rule").items() if "EventPattern" in each}
AT_ONCE = {
    "FactsQueue": 50,
    "BulkFactsQueue": 10,
    "RegistryFactsQueue": 5,
    # They begin with so many rows of each sum.
    "ChangesQueue": FEW,
    "OverdrawnQueue": 2,
    "OutboxQueue": 5,
    "VerificationsQueue": 5,
    "DeadFactsQueue": 5,
    "ErasuresQueue": 5,
}
"""How many batches of a queue are worked on at once, at most."""
ACCOUNT = 1000
"""Concurrent executions of an account, unless AWS has changed the quota. All functions share them."""
LOOPS = {
    "DeriveAgainFunction",
    "WatchBalancesFunction",
}
"""What may send messages to the queue that it takes them from; the template says why each of them ends."""


@pytest.mark.parametrize("name", properties("AWS::SQS::Queue", IsLocal="true"))
def test_every_queue_is_encrypted_and_keeps_messages_as_long_as_it_can(name: str) -> None:
    queue = properties("AWS::SQS::Queue", IsLocal="true")[name]
    assert QUEUES.get(name, queue) == queue
    assert queue["SqsManagedSseEnabled"] is True
    assert queue["MessageRetentionPeriod"] == 14 * 86400
    assert RETENTION_DAYS["facts_waiting"] == 14
    # A queue with a name or an order of its own would be another queue.
    known = {"SqsManagedSseEnabled", "MessageRetentionPeriod", "VisibilityTimeout", "RedrivePolicy"}
    assert set(queue) <= known


@pytest.mark.parametrize("name", QUEUES)
def test_a_queue_gives_up_when_its_consumer_does_and_one_of_dead_letters_never(name: str) -> None:
    dead = f"Dead{name.removeprefix('Registry').removeprefix('Bulk')}"
    given_up = {"deadLetterTargetArn": f"{dead}.Arn", "maxReceiveCount": MAX_TRIES}
    redriven = name in TAKING and name not in (WATCHED, CARRIES)
    assert QUEUES[name].get("RedrivePolicy") == (given_up if redriven else None)
    if redriven:
        assert dead in QUEUES


def test_every_queue_has_its_consumer_or_is_of_dead_letters() -> None:
    dead = {name for name in QUEUES if name.startswith("Dead")}
    # Refused facts are put into lists: their queue only carries them.
    assert {name for name in QUEUES if name not in TAKING} == dead - {CARRIES}
    assert {queue: each["FunctionName"] for queue, each in TAKING.items()} == {
        "FactsQueue": "FoldFactsFunction",
        "BulkFactsQueue": "FoldBulkFactsFunction",
        "RegistryFactsQueue": "FoldRegistryFactsFunction",
        "DeadFactsQueue": "ParkRefusedFactsFunction",
        "ChangesQueue": "DeriveAgainFunction",
        "OverdrawnQueue": "WatchBalancesFunction",
        "OutboxQueue": "PublishAgainFunction",
        "VerificationsQueue": "SendVerificationFunction",
        "ErasuresQueue": "StartErasureFunction",
    }


@pytest.mark.parametrize("name", TAKING)
def test_a_message_stays_hidden_for_six_times_as_long_as_its_function_may_take(name: str) -> None:
    """As AWS says; and it comes back soon after that."""
    assert QUEUES[name]["VisibilityTimeout"] == 6 * functions()[TAKING[name]["FunctionName"]]["Timeout"]


@pytest.mark.parametrize("name", TAKING)
def test_a_message_that_fails_fails_alone(name: str) -> None:
    source = TAKING[name]
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert source["BatchSize"] == (1 if name == "VerificationsQueue" else 10)
    assert source["ScalingConfig"] == {"MaximumConcurrency": AT_ONCE[name]}
    assert not {"Enabled", "FilterCriteria", "MaximumBatchingWindowInSeconds"} & set(source)


def _targets() -> dict[str, list[dict[str, Any]]]:
    return {name: rule["Targets"] for name, rule in RULES.items()}


def test_a_queue_takes_messages_of_the_bus_by_the_rules_that_lead_to_it_and_of_nobody_else() -> None:
    expected = set()
    for rule, targets in _targets().items():
        for target in targets:
            places = [target["Arn"], target["DeadLetterConfig"]["Arn"]]
            expected |= {(place.removesuffix(".Arn"), rule) for place in places if place.endswith("Queue.Arn")}
    allowed = set()
    for policy in properties("AWS::SQS::QueuePolicy").values():
        # A queue has one policy: one that two rules lead to has a statement for each.
        held: list[str] = []
        for statement in policy["PolicyDocument"]["Statement"]:
            source = statement["Condition"]["ArnEquals"]["aws:SourceArn"]
            assert statement == {
                "Effect": "Allow",
                "Principal": {"Service": "events.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": statement["Resource"],
                "Condition": {"ArnEquals": {"aws:SourceArn": source}},
            }
            resource = statement["Resource"]
            named = [each.removesuffix(".Arn") for each in (resource if isinstance(resource, list) else [resource])]
            held += named
            allowed |= {(queue, source.removesuffix(".Arn")) for queue in named}
        assert set(policy["Queues"]) == set(held)
    assert allowed == expected


def test_a_laptop_has_a_queue_to_look_at_and_an_account_has_not() -> None:
    on_a_laptop = set(resources(IsLocal="true"))
    assert {"TailQueue", "TailRule"} <= on_a_laptop
    assert not {"TailQueue", "TailRule"} & set(resources())
    tail = resources(IsLocal="true")["TailRule"]["Properties"]
    assert (tail["EventPattern"], tail["EventBusName"]) == ({"source": ["customers"]}, "FactsBus")
    assert [each["Arn"] for each in tail["Targets"]] == ["TailQueue.Arn"]


def test_a_backlog_of_every_queue_at_once_leaves_tills_most_of_the_account() -> None:
    assert sum(each["ScalingConfig"]["MaximumConcurrency"] for each in TAKING.values()) <= ACCOUNT / 10
    # An operator may give live and loaded facts more, or fewer.
    more = properties("AWS::Lambda::EventSourceMapping", FoldConcurrency="200", BulkConcurrency="2")
    assert (_bounds(more)["FactsQueue.Arn"], _bounds(more)["BulkFactsQueue.Arn"]) == ("200", "2")
    # A laptop has two or three cores.
    local = _bounds(properties("AWS::Lambda::EventSourceMapping", IsLocal="true"))
    assert (local["FactsQueue.Arn"], local["BulkFactsQueue.Arn"]) == (5, 5)


def _bounds(mappings: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """How many batches of each source are worked on at once, at most; None for a stream."""
    bounded = mappings.values()
    return {each["EventSourceArn"]: each.get("ScalingConfig", {}).get("MaximumConcurrency") for each in bounded}


@pytest.mark.parametrize("name", functions())
def test_lambda_cuts_no_loop_that_is_meant(name: str) -> None:
    """It ends what has come back to itself through a queue 16 times. A permission to send there is such a loop."""
    own = {f"{queue}.Arn" for queue, each in TAKING.items() if each["FunctionName"] == name}
    sends = {resource for action, (resource, *_), _ in grants(policies(f"{name}Role")) if action == "sqs:SendMessage"}
    assert bool(own & sends) == (name in LOOPS)
    assert functions()[name].get("RecursiveLoop") == ("Allow" if name in LOOPS else None)
