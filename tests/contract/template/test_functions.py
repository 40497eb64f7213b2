"""The functions: each is there, has what it reads from its environment, and time enough for what it waits for."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest

from customers.domain.events.feed import LAG
from customers.edge.auth.jwks import TIMEOUT
from customers.edge.http.writing import ATTEMPTS, LONGEST_PAUSE
from customers.edge.messaging import sweeping
from tests.support.http.gateway import routes
from tests.support.http.operations import AT_THE_COUNTER
from tests.support.tables import ROOT, template
from tests.support.template.deployed import functions, policies, properties, resources
from tests.support.template.observed import observed
from tests.support.template.opening import read_by
from tests.support.template.permissions import grants
from tests.support.template.walking import definition, function_of

FUNCTIONS = functions()
UNKNOWN = "front.unknown_route"
"""It reads nothing, and has nothing to unpack."""
GATEWAY_SECONDS = 29
"""After so many API Gateway answers by itself."""
BEHIND_THE_API = sorted({each.function for each in routes()} | {"AuthorizerFunction"})
KEYS = {
    "CURSOR_KEY": (
        "CursorKey",
        {
            "SearchFunction",
            "ContextFunction",
            "ActivityFunction",
            "ErasuresFunction",
            "RefusedFactsFunction",
            "ChangesFunction",
        },
    ),
    "PSEUDONYM_KEY": (
        "PseudonymKey",
        {
            *("CorrectFunction", "EraseFunction", "MergeFunction", "UnmergeFunction", "VerifyFunction"),
            *("ExportFunction", "PrepareExportFunction"),
            *("FoldFactsFunction", "FoldBulkFactsFunction", "ParkRefusedFactsFunction"),
            *("SettleErasureFunction", "EraseAgainFunction", "SealErasureFunction", "FailErasureFunction"),
            *(f"Sweep{each}Function" for each in ("History", "Copies", "Files", "RefusedFacts")),
        },
    ),
}
"""The keys that derive others, and the functions that know which key it is."""
SETTINGS = {
    "DYNAMODB_CLIENT": "lean",
    "MOUNTED": "beta,folded",
    "SANDBOX": "false",
    "ACTIVITY_DAYS": 400,
    "REDIRECT_BASE": "/v1/partner",
    "POWERTOOLS_SERVICE_NAME": "AWS::StackName",
    "LOG_RETENTION_DAYS": 30,
    "ISSUER": "the issuer",
    "JWKS": "",
    "JWKS_URL": "",
    "ISSUERS": "",
    "SMOKE_KEY": "",
    "SOURCE_ENTERPRISES": "",
    "SMS_SENDER": "",
    "API_ID": "Api",
    "BUS": "FactsBus",
    "LINK_BASE": "https://{api}.execute-api.AWS::Region.AWS::URLSuffix/v1/partner",
    "OVERDRAWN_SECONDS": "60",
    "API_ADDRESS": "",
    "PEOPLE": "",
    "PANEL_ORIGINS": "",
    "API_URL": "https://Api.execute-api.AWS::Region.AWS::URLSuffix/v1/partner",
}
"""What is named otherwise than what it stands for."""


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_handler_can_be_found(name: str) -> None:
    module, _, function = FUNCTIONS[name]["Handler"].rpartition(".")
    assert function == "handler"
    assert (ROOT / template()["Globals"]["Function"]["CodeUri"] / (module.replace(".", "/") + ".py")).is_file()
    # What it is called follows from where it lies.
    assert name == "".join(each.capitalize() for each in module.split(".")[1].split("_")) + "Function" or name in (
        "SealErasureFunction",
        "FailErasureFunction",
    )


def test_every_function_has_a_handler_of_its_own() -> None:
    every = properties("AWS::Lambda::Function", UserPool="true", PanelOrigins="https://pos.example.com")
    handlers = [each["Handler"] for each in every.values()]
    written = {
        f"{path.parent.name}.{path.stem}.handler"
        for path in (ROOT / "functions").glob("*/*.py")
        if path.stem != "__init__"
    }
    assert sorted(handlers) == sorted(written)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_environment_names_what_it_says(name: str) -> None:
    for variable, value in FUNCTIONS[name]["Environment"]["Variables"].items():
        if variable in SETTINGS:
            assert value == SETTINGS[variable]
        elif variable == "TENANT_ROLE":
            assert value == f"{name.removesuffix('Function')}TenantRole.Arn"
        else:
            assert re.sub(r"(?<!^)(?=[A-Z])", "_", str(value)).upper() == variable
            assert value in resources()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_has_what_it_reads_from_its_environment(name: str) -> None:
    everywhere = set(template()["Globals"]["Function"]["Environment"]["Variables"])
    has, reads = set(FUNCTIONS[name]["Environment"]["Variables"]), read_by(name)
    assert everywhere <= has
    assert "MOUNTED" in everywhere
    # Only who takes messages gives them up.
    mappings = properties("AWS::Lambda::EventSourceMapping").values()
    takes = any(each["FunctionName"] == name and "Queue" in each["EventSourceArn"] for each in mappings)
    assert {each for each in reads - has if takes or not each.startswith("DEAD_")} == set()
    # Nothing is given in vain. The logs' retention is read when it is asked for; the role is read by the client of
    # DynamoDB, in whose place there is another one in memory.
    assert has - everywhere - reads <= {"LOG_RETENTION_DAYS", "TENANT_ROLE"}


@pytest.mark.parametrize("variable", KEYS)
def test_a_key_is_named_to_the_functions_that_derive_from_it(variable: str) -> None:
    name, holders = KEYS[variable]
    having = {each for each, one in FUNCTIONS.items() if one["Environment"]["Variables"].get(variable) == name}
    assert having == holders


def test_no_secret_stands_in_a_configuration() -> None:
    """A person who may read a function's configuration, or this template, learns none."""
    assert "{{resolve:" not in json.dumps(FUNCTIONS)
    assert not properties("AWS::SecretsManager::Secret")


def test_the_layers_are_for_what_the_functions_run_on() -> None:
    layers = properties("AWS::Lambda::LayerVersion")
    assert len(layers) == 2
    function = next(iter(FUNCTIONS.values()))
    for layer in layers.values():
        assert layer["CompatibleRuntimes"] == [function["Runtime"]]
        assert layer["CompatibleArchitectures"] == function["Architectures"]
    # A version that no function uses any more is deleted. Unless it is told, SAM keeps every one for ever.
    assert {resources()[name]["DeletionPolicy"] for name in layers} == {"Delete"}


def test_a_layer_is_built_by_a_makefile_that_knows_it() -> None:
    written = {name: each for name, each in template()["Resources"].items() if each["Type"].endswith("LayerVersion")}
    for name, layer in written.items():
        assert layer["Metadata"]["BuildMethod"] == "makefile"
        assert f"\nbuild-{name}:" in (ROOT / layer["Properties"]["ContentUri"] / "Makefile").read_text()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_runs_as_the_stack_says_and_logs_where_logs_are_forgotten(name: str) -> None:
    function = FUNCTIONS[name]
    assert (function["Runtime"], function["Architectures"]) == ("python3.13", ["arm64"])
    assert function["MemorySize"] == 1024
    # A report of each call is written only where somebody asks for it: its reader is a saved query.
    assert function["LoggingConfig"] == {"LogGroup": "Logs", "LogFormat": "JSON", "SystemLogLevel": "WARN"}
    # Nothing reads traces, unless an operator asks for them.
    assert "TracingConfig" not in function
    assert template()["Globals"]["Function"]["Tracing"] == {"Ref": "Tracing"}
    common, *libraries = function["Layers"]
    assert common.startswith("CommonLayer")
    # What a till waits for unpacks no more than it needs.
    waits = function["Handler"].removesuffix(".handler") in {each.handler for each in AT_THE_COUNTER} | {UNKNOWN}
    assert [each.startswith("LibrariesLayer") for each in libraries] == [True] * (not waits)
    # An account's concurrency is for all of them: only an operator who asks for it reserves some, and for tills.
    assert not {"ReservedConcurrentExecutions", "DeadLetterConfig", "VpcConfig"} & set(function)
    asked = properties("AWS::Lambda::Function", LookupConcurrency="300", AuthorizerConcurrency="200")[name]
    reserved = {"LookupFunction": "300", "AuthorizerFunction": "200"}.get(name)
    assert asked.get("ReservedConcurrentExecutions") == reserved


@pytest.mark.parametrize("name", properties("AWS::Logs::LogGroup"))
def test_logs_are_forgotten_when_we_say_so(name: str) -> None:
    assert properties("AWS::Logs::LogGroup")[name] == {"RetentionInDays": 30}
    assert properties("AWS::Logs::LogGroup", LogRetentionDays="7")[name] == {"RetentionInDays": "7"}
    told = FUNCTIONS["CapabilitiesFunction"]["Environment"]["Variables"]["LOG_RETENTION_DAYS"]
    assert told == template()["Parameters"]["LogRetentionDays"]["Default"]


@pytest.mark.slow
@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_lasts_longer_than_what_it_waits_for(name: str) -> None:
    """Of each call all tries, or it would be ended before it could say what is wrong. An export may be: it leaves
    nothing that is found, and the gateway says the same in its place.
    """
    timeout = FUNCTIONS[name]["Timeout"]
    for seconds, in_all in observed().patience[name]:
        assert (seconds if name == "ExportFunction" else in_all) < timeout
    assert not observed().patience[name] or max(observed().patience[name])[0] <= 12


@pytest.mark.slow
@pytest.mark.parametrize("name", FUNCTIONS)
def test_nothing_that_a_person_would_get_twice_is_done_by_a_function_that_is_ended_in_the_middle(name: str) -> None:
    """Even if each of its calls needs all of its tries. Whatever else is ended is asked for again, and does it once."""
    if observed().longest[name] < FUNCTIONS[name]["Timeout"]:
        return
    assert "sns:Publish" not in {action for action, *_ in grants(policies(f"{name}Role"))}
    assert _comes_again(name)


def _comes_again(name: str) -> bool:
    """The gateway tells the caller of it to send the request again, or a queue, a stream or a workflow does it."""
    (api,) = properties("AWS::ApiGateway::RestApi").values()
    refusals = api["Body"]["x-amazon-apigateway-gateway-responses"]
    if name in BEHIND_THE_API:
        return {refusals[f"INTEGRATION_{each}"]["statusCode"] for each in ("TIMEOUT", "FAILURE")} == {"503"}
    fed = {each["FunctionName"] for each in properties("AWS::Lambda::EventSourceMapping").values()}
    tasks = [
        state
        for workflow in properties("AWS::StepFunctions::StateMachine")
        for state in definition(workflow)["States"].values()
        if state["Type"] == "Task" and function_of(state) == name
    ]
    return name in fed or (bool(tasks) and all("Retry" in state for state in tasks))


@pytest.mark.slow
def test_a_link_is_sent_by_a_function_that_has_the_time_for_it() -> None:
    """A test of the test above: it sees the calls of a whole invocation, and not one alone."""
    assert 60 < observed().longest["SendVerificationFunction"] < FUNCTIONS["SendVerificationFunction"]["Timeout"]


@pytest.mark.parametrize("name", BEHIND_THE_API)
def test_a_function_answers_before_the_gateway_does(name: str) -> None:
    assert FUNCTIONS[name]["Timeout"] < GATEWAY_SECONDS


def test_what_takes_its_time_takes_less_than_it_has() -> None:
    """Of each function that goes on until its time is up, with a page of it and its tries to spare."""
    spare = 4 * 6
    timeout = {name: each["Timeout"] for name, each in FUNCTIONS.items()}
    assert timeout["EraseFunction"] > ATTEMPTS * LONGEST_PAUSE + 2 * 6
    for name in ("History", "Copies", "Files", "RefusedFacts"):
        assert sweeping.SECONDS + spare < timeout[f"Sweep{name}Function"] <= 900
    assert timeout["SealErasureFunction"] == 900
    assert timeout["AuthorizerFunction"] > TIMEOUT


QUICK, LONGER = (
    10,
    {
        "Capabilities": 25,
        "Erase": 25,
        "Export": 25,
        **dict.fromkeys(
            (
                *("FoldFacts", "FoldBulkFacts", "FoldRegistryFacts", "ParkRefusedFacts", "WatchBalances"),
                *("SettleErasure", "EraseAgain", "FailErasure", "Canary"),
            ),
            30,
        ),
        "StartErasure": 30,
        # It sends a message for each enterprise, one after another.
        "BeginDays": 300,
        # Some thousand facts go into the queue, eight at a time.
        "SendPart": 300,
        "SendVerification": 90,
        **dict.fromkeys(("Derive", "DeriveAgain", "Resettle"), 60),
        **dict.fromkeys(("PublishOutbox", "PublishAgain"), 60),
        **dict.fromkeys(
            ("PrepareExport", "SweepHistory", "SweepCopies", "SweepFiles", "SweepRefusedFacts", "SealErasure"), 900
        ),
    },
)


def test_the_watermark_of_the_feed_is_behind_every_publisher() -> None:
    """What writes the feed is stopped half a minute before."""
    publishers = {name: each for name, each in FUNCTIONS.items() if "OUTBOX_QUEUE" in str(each.get("Environment"))}
    assert publishers.keys() == {"PublishOutboxFunction", "PublishAgainFunction"}
    for name, each in publishers.items():
        assert timedelta(seconds=each["Timeout"]) + timedelta(seconds=30) <= LAG, name


def test_nobody_waits_longer_than_need_be() -> None:
    """A till in particular: what has no reason to be slow is ended after ten seconds."""
    found: dict[str, Any] = {name.removesuffix("Function"): each["Timeout"] for name, each in FUNCTIONS.items()}
    assert {name: seconds for name, seconds in found.items() if seconds != QUICK} == LONGER


def test_what_the_clock_calls_is_called_as_often_as_it_must_be() -> None:
    rules = [each for each in properties("AWS::Events::Rule").values() if "ScheduleExpression" in each]
    assert {each["Targets"][0]["Arn"]: each["ScheduleExpression"] for each in rules} == {
        # The canary's alarm looks at every minute; all midnights are at a whole quarter.
        "CanaryFunction.Arn": "rate(1 minute)",
        "BeginDaysFunction.Arn": "cron(0/15 * * * ? *)",
    }


def test_the_links_lead_to_this_api_unless_a_domain_is_named() -> None:
    """The function is not behind the API, or the two would wait for each other."""
    assert "SendVerificationFunction" not in BEHIND_THE_API
    named = properties("AWS::Lambda::Function", LinkBase="https://id.example/v1/partner")["SendVerificationFunction"]
    assert named["Environment"]["Variables"]["LINK_BASE"] == "https://id.example/v1/partner"
    own = template()["Outputs"]["ApiUrl"]["Value"]["Sub"].replace("${Api}", "{api}")
    assert SETTINGS["LINK_BASE"] == own.replace("${", "").replace("}", "").replace("{api", "{api}")


def test_the_document_names_the_address_that_the_environment_names() -> None:
    """And no API id: the function is behind the API that has it."""
    named = properties("AWS::Lambda::Function", LinkBase="https://id.example/v1/partner")["OpenapiFunction"]
    assert named["Environment"]["Variables"]["API_ADDRESS"] == "https://id.example/v1/partner"
