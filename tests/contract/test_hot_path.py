"""What a lookup and the reads beside it import: every module is paid for at each cold start."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.support.dynamodb.misbehaving import answers, serving
from tests.support.http.operations import AT_THE_COUNTER
from tests.support.tables import ROOT

SDK = ("boto3", "botocore.", "s3transfer", "urllib3")
"""`botocore` alone is the empty package: Powertools asks whether it is there."""
FORBIDDEN = (
    *SDK,
    "http.client",
    "urllib.request",
    "pydantic",
    "phonenumbers",
    "jwt",
    "cryptography",
    "aws_xray_sdk",
    "aws_lambda_powertools.event_handler",
    "aws_lambda_powertools.utilities.parser",
    "aws_lambda_powertools.utilities.validation",
    "aws_lambda_powertools.utilities.idempotency",
    "customers.domain.activity_log",
    "customers.domain.facts.fact",
    "customers.domain.facts.history",
    "customers.domain.facts.account",
    "customers.domain.facts.projection",
    "customers.domain.stats.contributions",
    "customers.store.stats.reconciler",
    "customers.edge.http.cursors",
    "customers.edge.http.sandbox",
    "customers.store.customers.customers_by_id",
    "customers.store.facts.ledger",
    "customers.store.records",
    "customers.wire.customers.context",
    "customers.wire.facts.codec",
)
FORBIDDEN_TO_THE_AUTHORIZER = (
    *SDK,
    "pydantic",
    "phonenumbers",
    "aws_xray_sdk",
    "aws_lambda_powertools.event_handler",
    "aws_lambda_powertools.utilities.parser",
    "customers.catalogue",
    "customers.domain.facts",
    "customers.domain.stats",
    "customers.store.customers",
    "customers.store.records",
    "customers.store.registry_facts",
)
AFTER_A_READ = """
import importlib, json, sys
importlib.import_module(sys.argv[1])
from customers.domain.identifiers.phone import normalise
from customers.store.customers.profiles import Profiles
Profiles.connect().find("acme", normalise("+97433001122", "QA"))
print(json.dumps(sorted(sys.modules)))
"""
COMPILED = """
from dataclasses import is_dataclass
classes = {each for module in list(sys.modules.values()) for each in vars(module).values() if isinstance(each, type)}
ours = {each for each in classes if is_dataclass(each) and each.__module__.startswith("customers.")}
print(json.dumps(sorted(each.__name__ for each in ours if "lean" not in each.__setattr__.__module__)))
"""
"""Then: which of our dataclasses the library has compiled."""
AFTER_A_DECISION = """
import json, sys
import front.authorizer
from customers.store.registry import Registry
Registry.connect().scope("acme", "merchant", "branch")
print(json.dumps(sorted(sys.modules)))
"""


def imported_by(script: str, *arguments: str) -> list[str]:
    """What a process has imported that ran this, with DynamoDB at hand."""
    with serving(answers({"Responses": {}})) as dynamodb:
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": f"{ROOT / 'layers/common/python'}:{ROOT / 'functions'}",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{dynamodb.port}",
            "CUSTOMERS_TABLE": "customers",
            "ENTERPRISES_TABLE": "enterprises",
            "ISSUER": "https://identity.test",
            "JWKS": "",
            "JWKS_URL": "https://identity.test/jwks.json",
            "MOUNTED": "beta",
        }
        command = [sys.executable, "-c", script, *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        assert len(dynamodb.requests) == 1
    names: list[str] = json.loads(done.stdout.splitlines()[-1])
    return names


@pytest.mark.parametrize("handler", [each.handler for each in AT_THE_COUNTER])
def test_a_read_at_the_counter_imports_nothing_that_it_does_not_use(handler: str) -> None:
    imported = imported_by(AFTER_A_READ, handler)
    assert "customers.edge.http.serve" in imported
    assert [name for name in imported if name.startswith(FORBIDDEN)] == []
    entries = [name for name in imported if name.startswith("customers.catalogue.till.")]
    assert entries == [f"customers.catalogue.till.{handler.rpartition('.')[2]}"]


def test_the_authorizer_imports_nothing_that_it_does_not_use() -> None:
    imported = imported_by(AFTER_A_DECISION)
    assert "customers.edge.auth.authorize" in imported
    assert [name for name in imported if name.startswith(FORBIDDEN_TO_THE_AUTHORIZER)] == []


@pytest.mark.parametrize("handler", [each.handler for each in AT_THE_COUNTER])
def test_a_read_at_the_counter_compiles_no_class(handler: str) -> None:
    assert imported_by(AFTER_A_READ + COMPILED, handler) == []


def test_the_authorizer_compiles_no_class() -> None:
    assert imported_by(AFTER_A_DECISION + COMPILED) == []
