"""What a lookup and the reads beside it import: every module is paid for at each cold start."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.support.http.operations import AT_THE_COUNTER
from tests.support.tables import ROOT

FORBIDDEN = (
    "pydantic",
    "phonenumbers",
    "jwt",
    "cryptography",
    "aws_xray_sdk",
    "aws_lambda_powertools.event_handler",
    "aws_lambda_powertools.utilities.parser",
    "aws_lambda_powertools.utilities.validation",
    "aws_lambda_powertools.utilities.idempotency",
    "customers.domain.facts.fact",
    "customers.domain.facts.history",
    "customers.domain.facts.account",
    "customers.domain.facts.projection",
    "customers.domain.stats.contributions",
    "customers.store.stats.reconciler",
    "customers.edge.http.cursors",
    "customers.store.customers.customers_by_id",
    "customers.store.facts.ledger",
    "customers.store.records",
    "customers.wire.facts.codec",
)
AFTER_A_READ = """
import importlib, json, sys
importlib.import_module(sys.argv[1])
from customers.domain.identifiers.phone import normalise
normalise("+97433001122", "QA")
print(json.dumps(sorted(sys.modules)))
"""


@pytest.mark.parametrize("door", [each.door for each in AT_THE_COUNTER])
def test_a_read_at_the_counter_imports_nothing_that_it_does_not_use(door: str) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{ROOT / 'layers/common/python'}:{ROOT / 'functions'}",
        "AWS_DEFAULT_REGION": "us-east-1",
        "CUSTOMERS_TABLE": "customers",
        "MOUNTED": "beta",
    }
    done = subprocess.run(
        [sys.executable, "-c", AFTER_A_READ, door], env=environment, capture_output=True, text=True, check=True
    )
    imported = json.loads(done.stdout)
    assert "customers.edge.http.serve" in imported
    assert [name for name in imported if name.startswith(FORBIDDEN)] == []
