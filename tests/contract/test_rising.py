"""`tests/support/held/rising.py` fails a transaction that gives a row a number which it had before."""

from __future__ import annotations

import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from customers.store.dynamodb import transactions


@pytest.mark.parametrize(("table", "name"), [("CustomersTable", "version"), ("SessionsTable", "revision")])
def test_the_number_of_a_row_that_changes_has_to_rise(
    tables: DynamoDBClient, enterprise: str, table: str, name: str
) -> None:
    def write(number: int, note: str, customer_id: str = "usr_1") -> None:
        row = {"pk": {"S": f"{enterprise}#1"}, "customer_id": {"S": customer_id}, "note": {"S": note}}
        transactions.commit(tables, [transactions.put(table, {**row, name: {"N": str(number)}})])

    write(2, "first")
    write(2, "first")
    for number in (2, 1):
        with pytest.raises(AssertionError, match=f"the {name} of .* went from 2 to {number}"):
            write(number, f"not {number}")
        write(2, "first", "usr_2")
        write(2, "first")
    write(3, "second")
