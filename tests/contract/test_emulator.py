"""The local stack's quicker emulator answers what the emulator answers."""

from __future__ import annotations

import subprocess

from tests.support.stack import PYTHON, ROOT

AGREE = """
import itertools
from local.quicker_ministack import _evaluate, _slowly

TEXTS = ["a", "a#1", "a#10", "aa", "b", "ab~", "é", "ي"]
ON_SORT = ["", " AND begins_with(sk, :a)", " AND sk BETWEEN :a AND :b", " AND sk > :a"]
asked = 0
for more, pk, sk, low, high in itertools.product(ON_SORT, "pq", TEXTS, TEXTS, TEXTS):
    if low > high:
        continue
    condition, row = f"pk = :pk{more}", {"pk": {"S": pk}, "sk": {"S": sk}}
    values = {":pk": {"S": "p"}, ":a": {"S": low}, ":b": {"S": high}}
    answers = [judge(condition, row, values, {}, slot="KeyConditionExpression") for judge in (_evaluate, _slowly)]
    assert answers[0] == answers[1], (condition, row, values)
    asked += 1
print(asked)
"""


def test_conditions_on_keys_hold_for_the_same_rows() -> None:
    ended = subprocess.run([PYTHON, "-c", AGREE], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert int(ended.stdout.split()[-1]) > 2000
