"""Rows that are stored already are read by the code of today, or refused: their layout has a number."""

from __future__ import annotations

import pytest
from mypy_boto3_dynamodb import DynamoDBClient

from customers.store.layout import LAYOUT
from tests.support.dynamodb.row_shapes import differences, recorded, shapes


@pytest.mark.slow
def test_a_row_of_another_shape_has_a_layout_of_another_number(tables: DynamoDBClient) -> None:
    written = recorded()
    changed = differences(written["rows"], shapes(tables))
    if written["layout"] == LAYOUT:
        lines = "\n".join(changed)
        assert not changed, (
            "raise LAYOUT in customers/store/layout.py, unless rows stored before are read rightly; "
            f"then make layout writes the shapes of today down:\n{lines}"
        )
    assert written["layout"] == LAYOUT, "make layout writes the shapes of today down"
