"""What a lookup imports: every module is paid for at each cold start."""

from __future__ import annotations

import json
import os
import subprocess
import sys

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
    "customers.domain.facts",
    "customers.domain.projection",
    "customers.domain.tally",
    "customers.store.derived",
    "customers.store.ledger",
    "customers.store.records",
    "customers.wire.facts",
)
AFTER_A_LOOKUP = """
import json, sys
from lookup.lookup import handler
from customers.domain.phone import normalise
normalise("+97433001122", "QA")
print(json.dumps(sorted(sys.modules)))
"""


def test_a_lookup_imports_nothing_that_it_does_not_use() -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{ROOT / 'layers/common/python'}:{ROOT / 'functions'}",
        "AWS_DEFAULT_REGION": "us-east-1",
        "CUSTOMERS_TABLE": "customers",
        "MOUNTED": "beta",
    }
    done = subprocess.run(
        [sys.executable, "-c", AFTER_A_LOOKUP], env=environment, capture_output=True, text=True, check=True
    )
    imported = json.loads(done.stdout)
    assert "customers.edge.serve" in imported
    assert [name for name in imported if name.startswith(FORBIDDEN)] == []
