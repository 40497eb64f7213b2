"""What all tests share: tables in memory, a fresh enterprise for each test, and how hard hypothesis tries."""

from __future__ import annotations

import gc
import inspect
import os
import uuid
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from moto import mock_aws
from mypy_boto3_dynamodb import DynamoDBClient
from mypy_boto3_s3 import S3Client

from tests.support.dynamodb import in_memory, in_memory_client, quicker_botocore, quicker_moto
from tests.support.exports import create_bucket, create_exports
from tests.support.hash_keys import create_keys
from tests.support.held import consistent, refusals, rising
from tests.support.shares import Shares, is_for, place
from tests.support.tables import dynamodb

# Until all is collected; see pytest_collection_finish.
gc.disable()
# For each description of a class pydantic reads and parses the class's module anew.
setattr(inspect, "getsourcelines", cache(inspect.getsourcelines))  # noqa: B010 - a function, to mypy, is not replaced

quicker_botocore.install()
quicker_moto.install()
in_memory_client.install()
consistent.install()
rising.install()
refusals.install()

# The handlers read these at import. The tables' names are the template's logical ids.
os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
os.environ.setdefault("AWS_ACCESS_KEY_ID", "testing")
os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "testing")
os.environ["MOUNTED"] = "beta,planned,preview,folded"
os.environ["LOG_RETENTION_DAYS"] = "30"
os.environ["CUSTOMERS_TABLE"] = "CustomersTable"
os.environ["RECORDS_TABLE"] = "RecordsTable"
os.environ["ENTERPRISES_TABLE"] = "EnterprisesTable"
os.environ["DERIVED_TABLE"] = "DerivedTable"
os.environ["RECEIPTS_TABLE"] = "ReceiptsTable"
os.environ["VERIFICATIONS_TABLE"] = "VerificationsTable"
os.environ["ERASURES_TABLE"] = "ErasuresTable"
os.environ["REFUSED_FACTS_TABLE"] = "RefusedFactsTable"
os.environ["REFUSED_FACTS_KEY"] = "alias/refused-facts"
os.environ["ACTIVITY_TABLE"] = "ActivityTable"
os.environ["ACTIVITY_DAYS"] = "400"
os.environ["SESSIONS_TABLE"] = "SessionsTable"
os.environ["RECEIPTS_KEY"] = "alias/receipts"
os.environ["BUS"] = "FactsBus"
os.environ["EXPORTS_BUCKET"] = "exports-bucket"
os.environ["LOADS_BUCKET"] = "loads-bucket"
os.environ["ERASURES_QUEUE"] = "https://sqs.us-east-1.amazonaws.com/123456789012/ErasuresQueue"
os.environ["DEAD_ERASURES_QUEUE"] = "https://sqs.us-east-1.amazonaws.com/123456789012/DeadErasuresQueue"
os.environ["ERASURE_WORKFLOW"] = "arn:aws:states:us-east-1:123456789012:stateMachine:ErasureWorkflow"
os.environ["SOURCE_ENTERPRISES"] = ""
os.environ["EXPORT_WORKFLOW"] = "arn:aws:states:us-east-1:123456789012:stateMachine:ExportWorkflow"
os.environ["OUTBOX_QUEUE"] = "https://sqs.us-east-1.amazonaws.com/123456789012/OutboxQueue"
os.environ["DEAD_OUTBOX_QUEUE"] = "https://sqs.us-east-1.amazonaws.com/123456789012/DeadOutboxQueue"
os.environ["LOOKUP_FUNCTION"] = "LookupFunction"
os.environ["API_URL"] = "http://127.0.0.1:9"
os.environ["BULK_FACTS_QUEUE"] = "https://sqs.us-east-1.amazonaws.com/123456789012/BulkFactsQueue"
os.environ["FACTS_QUEUE"] = "https://sqs.us-east-1.amazonaws.com/123456789012/FactsQueue"
os.environ["REGISTRY_FACTS_QUEUE"] = "https://sqs.us-east-1.amazonaws.com/123456789012/RegistryFactsQueue"
os.environ["DEAD_FACTS_QUEUE"] = "https://sqs.us-east-1.amazonaws.com/123456789012/DeadFactsQueue"
os.environ["CHANGES_QUEUE"] = "https://sqs.us-east-1.amazonaws.com/123456789012/ChangesQueue"
os.environ["DEAD_CHANGES_QUEUE"] = "https://sqs.us-east-1.amazonaws.com/123456789012/DeadChangesQueue"
os.environ["OVERDRAWN_QUEUE"] = "https://sqs.us-east-1.amazonaws.com/123456789012/OverdrawnQueue"
os.environ["VERIFICATIONS_QUEUE"] = "https://sqs.us-east-1.amazonaws.com/123456789012/VerificationsQueue"
os.environ["DEAD_VERIFICATIONS_QUEUE"] = "https://sqs.us-east-1.amazonaws.com/123456789012/DeadVerificationsQueue"
os.environ["LINK_BASE"] = "https://{api}.example.com/v1/partner"
os.environ["API_ADDRESS"] = ""
os.environ["REDIRECT_BASE"] = "/v1/partner"
os.environ["API_ID"] = "api-1"
os.environ["SMS_SENDER"] = ""
os.environ["OVERDRAWN_SECONDS"] = "60"
os.environ["CURSOR_KEY"] = "alias/cursors"
os.environ["PSEUDONYM_KEY"] = "alias/pseudonyms"

# HYPOTHESIS_PROFILE=thorough looks for what nobody has thought of; the others give the same verdict every time.
# `ci` is the profile of `make test-thorough`.
QUIET = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture)
settings.register_profile("quick", max_examples=12, derandomize=True, deadline=None, database=None)
settings.register_profile("default", max_examples=50, derandomize=True, deadline=None, database=None)
settings.register_profile(
    "ci", max_examples=100, derandomize=True, deadline=None, database=None, suppress_health_check=QUIET
)
settings.register_profile("thorough", max_examples=2000, deadline=None, database=None, suppress_health_check=QUIET)
# `make mutants` asks each property many times over, and only whether it holds.
settings.register_profile(
    "mutants",
    max_examples=int(os.environ.get("EXAMPLES", "15")),
    phases=(Phase.explicit, Phase.generate),
    report_multiple_bugs=False,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=QUIET,
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Shares:
    return Shares(config, log)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    return None if is_for(config, collection_path) else True


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker("property")
    items.sort(key=lambda item: place(item, config.rootpath))


def pytest_collection_finish() -> None:
    """What is imported and collected stays: the garbage collector need not look at all of it again and again."""
    gc.enable()
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="module")
def tables() -> Iterator[DynamoDBClient]:
    """The template's tables, in memory. They are shared, so a test keeps to an enterprise of its own."""
    with mock_aws(config={"core": {"reset_boto3_session": False}}):
        client = dynamodb()
        in_memory.create(client)
        create_bucket()
        create_keys()
        yield client


@pytest.fixture(scope="module")
def bucket(tables: DynamoDBClient) -> S3Client:
    """The template's bucket of exports and their workflow, in memory, whose states do not run by themselves."""
    return create_exports()


@pytest.fixture
def enterprise() -> Iterator[str]:
    """An enterprise that no other test has heard of. Its rows go with the test: whoever scans would read them all."""
    own = str(uuid.uuid4())
    yield own
    in_memory.leave(own)
