"""Each role allows what its function does and nothing else: compared with a story in which the function does it all."""

from __future__ import annotations

import pytest

from tests.support.template.deployed import functions, held_by, policies, properties, resources
from tests.support.template.observed import observed
from tests.support.template.permissions import PHONE, Need, allows, grants
from tests.support.template.walking import definition, function_of, machines_in

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("function", functions())
def test_a_role_allows_what_its_function_does_and_nothing_else(function: str) -> None:
    held, asked = grants(held_by(function)), _asked(function)
    refused = {need for need in asked if not any(allows(grant, need) for grant in held)}
    # Lambda itself sends what a function gives up of a stream, with the function's role.
    held = [grant for grant in held if grant != GIVING_UP]
    unused = [grant for grant in held if not any(allows(grant, need) for need in asked)]
    assert (refused, unused) == (set(), [])


GIVING_UP = ("sqs:SendMessage", ("DeadStreamsQueue.Arn",), False)


@pytest.mark.parametrize("function", functions())
def test_what_follows_a_stream_may_say_what_it_gives_up(function: str) -> None:
    mappings = properties("AWS::Lambda::EventSourceMapping").values()
    follows = any(each["FunctionName"] == function and "Stream" in each["EventSourceArn"] for each in mappings)
    assert (GIVING_UP in grants(policies(f"{function}Role"))) == follows


def _asked(function: str) -> set[Need]:
    """The two folds are made of the same parts and take from two queues: the story tells one of them all facts."""
    if function != "FoldBulkFactsFunction":
        return observed().used[function]
    renamed = {"FactsQueue.Arn": "BulkFactsQueue.Arn"}
    alike = {(action, renamed.get(resource, resource)) for action, resource in observed().used["FoldFactsFunction"]}
    return alike | observed().used[function]


@pytest.mark.parametrize("function", functions())
def test_nothing_is_allowed_twice(function: str) -> None:
    """One of the two would be forgotten when it is taken back."""
    held = grants(held_by(function))
    assert [need for need in observed().used[function] if sum(allows(grant, need) for grant in held) > 1] == []


@pytest.mark.parametrize("function", functions())
def test_what_is_allowed_is_named(function: str) -> None:
    """An action in full, and a resource of this stack; below it anything only where names are made of ids."""
    for action, patterns, not_these in grants(held_by(function)):
        assert "*" not in action
        for pattern in patterns:
            if not_these:
                assert (action, pattern) == ("sns:Publish", "arn:AWS::Partition:sns:*:*:*")
            elif pattern.endswith("/*"):
                assert pattern in ("ExportsBucket.Arn/*", "LoadsBucket.Arn/*")
            elif pattern.startswith("arn:"):
                execution = "arn:AWS::Partition:states:AWS::Region:AWS::AccountId:execution:ExportWorkflow.Name:*"
                assert (action, pattern) == ("states:DescribeExecution", execution)
            else:
                assert "*" not in pattern
                assert pattern.partition(".")[0] in resources()


def test_texts_go_to_phones_and_to_no_topic() -> None:
    (texting,) = [each for each in grants(policies("SendVerificationFunctionRole")) if each[0] == "sns:Publish"]
    assert allows(texting, ("sns:Publish", PHONE))
    assert not allows(texting, ("sns:Publish", "arn:AWS::Partition:sns:eu-central-1:123456789012:topic"))


MANAGED = {"service-role/AWSLambdaBasicExecutionRole"}
POLLING = {"Queue": "AWSLambdaSQSQueueExecutionRole", "Table": "AWSLambdaDynamoDBExecutionRole"}


@pytest.mark.parametrize("function", functions())
def test_what_aws_itself_allows_a_function_is_to_log_to_trace_and_to_poll_its_source(function: str) -> None:
    role = resources()[f"{function}Role"]["Properties"]
    sources = [
        each["EventSourceArn"].partition(".")[0]
        for each in properties("AWS::Lambda::EventSourceMapping").values()
        if each["FunctionName"] == function
    ]
    polling = {f"service-role/{name}" for kind, name in POLLING.items() if any(each.endswith(kind) for each in sources)}
    managed = {each.partition(":policy/")[2] for each in role["ManagedPolicyArns"]}
    assert managed == MANAGED | polling
    assert "PermissionsBoundary" not in role
    assert _trusts(function + "Role") == ["lambda.amazonaws.com"]
    assert functions()[function]["Role"] == f"{function}Role.Arn"


_STATES = "arn:AWS::Partition:states:AWS::Region:AWS::AccountId:{}:AWS::StackName-loads"
OF_CHILDREN = {
    "LoadWorkflow": {
        ("s3:ListBucket", ("LoadsBucket.Arn",), False),
        ("states:StartExecution", (_STATES.format("stateMachine"),), False),
        ("states:DescribeExecution", (f"{_STATES.format('execution')}/*",), False),
        ("states:StopExecution", (f"{_STATES.format('execution')}/*",), False),
    }
}
"""What a workflow may do beside running functions: find the items of its map, and run a child for each."""


@pytest.mark.parametrize("workflow", properties("AWS::StepFunctions::StateMachine"))
def test_a_workflow_may_run_its_own_functions_and_nothing_else(workflow: str) -> None:
    states = [each for machine in machines_in(definition(workflow)) for each in machine["States"].values()]
    run = {("lambda:InvokeFunction", (f"{function_of(each)}.Arn",), False) for each in states if "Resource" in each}
    role = f"{workflow}Role"
    assert sorted(grants(policies(role))) == sorted({*run, *OF_CHILDREN.get(workflow, ())})
    assert not resources()[role]["Properties"]["ManagedPolicyArns"]
    assert _trusts(role) == ["states.amazonaws.com"]
    assert properties("AWS::StepFunctions::StateMachine")[workflow]["RoleArn"] == f"{role}.Arn"


def test_there_is_no_other_role_but_the_one_that_writes_access_logs() -> None:
    known = {f"{name}Role" for name in [*functions(), *properties("AWS::StepFunctions::StateMachine")]}
    tenants = {name for name in properties("AWS::IAM::Role") if name.endswith("TenantRole")}
    assert set(properties("AWS::IAM::Role")) - known - tenants == {"ApiLogsRole"}
    (managed,) = resources()["ApiLogsRole"]["Properties"]["ManagedPolicyArns"]
    assert managed.endswith(":iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs")
    assert (policies("ApiLogsRole"), _trusts("ApiLogsRole")) == ([], ["apigateway.amazonaws.com"])
    assert set(properties("AWS::IAM::Policy")) == {"TenantsPolicy"}
    assert not properties("AWS::IAM::ManagedPolicy")


def _trusts(role: str) -> list[str]:
    (statement,) = resources()[role]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert set(statement) == {"Effect", "Principal", "Action"}
    principal = statement["Principal"]["Service"]
    return [principal] if isinstance(principal, str) else principal
