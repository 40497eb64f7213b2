"""What each parameter makes of a stack: what it adds, and what waits less on a laptop than on AWS."""

from __future__ import annotations

import pytest

from tests.support.tables import template
from tests.support.template.deployed import functions, properties, resources

ON_AWS_ALONE = {
    *("AccessLogs", "ApiAccount", "ApiLogsRole", "Dashboard", "Firewall", "FirewallOfTheApi", "FactsArchive"),
    *("ExportsBucketPolicy", "LoadsBucketPolicy", "FactsBusPolicy"),
    *("CanaryFunction", "CanaryFailsAlarm", "RateLimitedFilter", "RateLimitedAlarm"),
    *("ReadsThrottledAlarm", "WritesThrottledAlarm", "RulesFailAlarm"),
    *("ColdStartsQuery", "FailuresQuery", "RefusalsQuery", "RequestsQuery", "SlowestQuery"),
}
"""What the emulator has not, or nobody needs on a laptop."""
WEB = {f"Web{each}" for each in ("Access", "Bucket", "BucketPolicy", "Distribution", "Headers", "Paths")}
PEOPLE = {
    *("People", "ConsoleClient", "SignInFunction", "SignInPermission"),
    *("Managers", "Cashiers", "PrivacyOfficers"),
}


def _different(more: dict[str, str], **parameters: str) -> tuple[set[str], set[str]]:
    """Of the template's resources those that come with a parameter more, and those that go."""
    named = set(template()["Resources"])
    before, after = set(resources(**parameters)) & named, set(resources(**parameters, **more)) & named
    return after - before, before - after


@pytest.mark.parametrize(
    ("more", "added", "gone"),
    [
        ({"IsLocal": "true"}, {"TailQueue", "TailRule"}, ON_AWS_ALONE),
        ({"Web": "true"}, WEB | {"WebReferenceHeaders"}, set[str]()),
        ({"UserPool": "true"}, PEOPLE | {"PeopleDomain", "PeopleLogin"}, set[str]()),
        ({"PanelOrigins": "https://pos.example.com"}, {"PreflightFunction"}, set[str]()),
        ({"BackupVault": "a vault"}, {f"Hourly{each}" for each in ("Vault", "Plan", "Tables", "Role")}, set[str]()),
        ({"Canary": "false"}, set[str](), {"CanaryFunction", "CanaryFailsAlarm"}),
        ({"ArchiveDays": "0"}, set[str](), {"FactsArchive"}),
    ],
    ids=lambda each: next(iter(each), None) if isinstance(each, dict) else "",
)
def test_a_parameter_adds_what_it_is_for_and_nothing_else(
    more: dict[str, str], added: set[str], gone: set[str]
) -> None:
    assert _different(more) == (added, gone)


@pytest.mark.parametrize(
    ("more", "added"),
    [
        ({"Web": "true"}, set[str]()),
        ({"UserPool": "true"}, PEOPLE),
        ({"PanelOrigins": "https://pos.example.com"}, {"PreflightFunction"}),
        ({"BackupVault": "a vault"}, set[str]()),
    ],
    ids=lambda each: next(iter(each), None) if isinstance(each, dict) else "",
)
def test_on_a_laptop_it_adds_what_the_emulator_has(more: dict[str, str], added: set[str]) -> None:
    assert _different(more, IsLocal="true") == (added, set())


@pytest.mark.parametrize("more", [{"UserPool": "true"}, {"PanelOrigins": "https://pos.example.com"}])
def test_a_function_that_comes_with_a_parameter_runs_as_the_others_do(more: dict[str, str]) -> None:
    every = properties("AWS::Lambda::Function", **more)
    (added,) = set(every) - set(functions())
    model = functions()["LookupFunction"]
    for name in ("Runtime", "Architectures", "MemorySize", "Timeout", "Layers", "LoggingConfig"):
        assert every[added][name] == model[name]
    own, *others = (set(every[name]["Environment"]["Variables"].items()) for name in (added, *functions()))
    assert own >= set.intersection(*others)


@pytest.mark.parametrize(
    ("workflow", "name", "on_aws", "on_a_laptop"),
    [
        # A fact that waits is applied or refused after ten minutes, an export ends after fifteen.
        ("ErasureWorkflow", "OthersSeconds", 1200, 5),
        ("ErasureWorkflow", "SettlementSeconds", 3600, 20),
        # On an emulator many erasures at once wait for each other.
        ("ErasureWorkflow", "Retries", 80, 20),
        ("ExportWorkflow", "Retries", 80, 3),
        ("LoadWorkflow", "Retries", 80, 3),
        ("LoadWorkflow", "FoldSeconds", 60, 1),
        # Each sends some thousand facts a minute.
        ("LoadWorkflow", "Parts", 10, 2),
    ],
)
def test_a_workflow_is_as_patient_as_aws_asks_for_and_as_a_laptop_has_time_for(
    workflow: str, name: str, on_aws: int, on_a_laptop: int
) -> None:
    kind, at = "AWS::StepFunctions::StateMachine", "DefinitionSubstitutions"
    assert properties(kind)[workflow][at][name] == str(on_aws)
    assert properties(kind, IsLocal="true")[workflow][at][name] == str(on_a_laptop)
