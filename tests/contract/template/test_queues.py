"""The queues: who takes from which, when a message is given up, and that nobody but the bus may put one in."""

from __future__ import annotations

from typing import Any

import pytest

from customers.edge.http.capabilities import RETENTION_DAYS
from customers.edge.messaging.message_ends import MAX_TRIES
from customers.store.stats.derived_rows import SHARDS
from identity.sweep_merge import SECONDS
from tests.support.template.deployed import functions, properties, resources

QUEUES = properties("AWS::SQS::Queue")
MAPPINGS = properties("AWS::Lambda::EventSourceMapping")
TAKING = {
    each["EventSourceArn"].removesuffix(".Arn"): each for each in MAPPINGS.values() if "Queue" in each["EventSourceArn"]
}
WATCHED = "OverdrawnQueue"
"""A consumer that gave up a message after so many tries would give up the customer."""
CARRIES = "DeadFactsQueue"
"""Its consumer never gives up a message: no other queue would take it."""
RULES = properties("AWS::Events::Rule")


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
    dead = f"Dead{name.removeprefix('Registry')}"
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
        "RegistryFactsQueue": "FoldRegistryFactsFunction",
        "DeadFactsQueue": "ParkRefusedFactsFunction",
        "ChangesQueue": "DeriveAgainFunction",
        "OverdrawnQueue": "WatchBalancesFunction",
        "OutboxQueue": "PublishAgainFunction",
        "MergesQueue": "SweepMergeFunction",
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
    # One of merges may take all the time that there is.
    timeout = functions()[source["FunctionName"]]["Timeout"]
    assert source["BatchSize"] == (timeout // SECONDS if name == "MergesQueue" else 10)
    # More than so many would meet in the rows of a sum more often than they get on.
    concurrency = {"MaximumConcurrency": SHARDS} if name == "ChangesQueue" else None
    assert source.get("ScalingConfig") == concurrency
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
