"""Twenty files as people send them: what each gets."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from admin.loads import check
from customers.domain.canonical_json import canonical_json
from tests.support.load_files.points import GOOD, HEADER, LAYLA, MAPPING, OMAR
from tests.support.tables import ROOT

FACT: dict[str, Any] = {
    "detail-type": "balance.topped_up",
    "source": "partner.wallet",
    "detail": {
        "fact_id": "t-1",
        "enterprise_id": "acme",
        "occurred_at": "2026-06-01T00:00:00Z",
        "customer": {"phone": "+97433001122"},
        "amount_minor": 5,
        "currency": "QAR",
    },
}


HAS_ZSTD = shutil.which("zstd") is not None


def zstd(content: bytes) -> bytes:
    """A zstd frame of one block that is stored as it is."""
    block = (len(content) << 3 | 1).to_bytes(3, "little")
    return b"\x28\xb5\x2f\xfd\xa0" + len(content).to_bytes(4, "little") + block + content


ZSTD = zstd(GOOD.encode())


class Desk:
    """A folder with files, and the check that is run on them."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys

    def check(self, raw: str | bytes, name: str = "points.csv", **mapping: Any) -> tuple[int, str]:
        """The exit code, and what is printed."""
        path = self.folder / name
        path.write_bytes(raw.encode() if isinstance(raw, str) else raw)
        arguments = [str(path)]
        if name.endswith(("csv", "csv.gz")):
            rules = self.folder / "mapping.json"
            rules.write_text(json.dumps({**MAPPING, **mapping}))
            arguments += ["--mapping", str(rules)]
        code = check.main(arguments)
        printed = self._capsys.readouterr()
        return code, printed.out + printed.err

    def facts(self, name: str = "points.csv") -> list[dict[str, Any]]:
        lines = (self.folder / f"{name}.facts.jsonl").read_text().splitlines()
        return [json.loads(line)["detail"] for line in lines if not line.startswith("#")]

    def wrong(self, name: str = "points.csv") -> list[tuple[int, str, str]]:
        lines = (self.folder / f"{name}.wrong.jsonl").read_text().splitlines()
        return [(each["line"], each["field"], each["reason"]) for each in map(json.loads, lines)]


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capsys)


def test_a_plain_file_becomes_facts(desk: Desk) -> None:
    code, printed = desk.check(GOOD)
    assert (code, "no mistake; customers 2, spendable_minor 12,550" in printed) == (0, True), printed
    layla, omar = desk.facts()
    assert layla["customer"] == {"phone": "+97433001122"}
    assert (layla["name"], layla["spendable_minor"]) == ("Layla Hassan", 12550)
    # Midnight in Qatar.
    assert layla["member_since"] == "2025-04-02T21:00:00Z"
    assert layla["provider_customer_ids"] == ["00012345"]
    assert omar["customer"] == {"phone": "+97466005566"}
    assert "33001122" not in layla["fact_id"]
    assert not (desk.folder / "points.csv.wrong.jsonl").exists()
    assert (desk.folder / "points.csv.facts.jsonl").stat().st_mode & 0o777 == 0o600


SAME = {
    "a byte order mark": GOOD.encode("utf-8-sig"),
    "CRLF": GOOD.replace("\n", "\r\n").encode(),
    "semicolons": GOOD.replace(",", ";").encode(),
    "tabs": GOOD.replace(",", "\t").encode(),
    "a line that names the separator": b"sep=;\r\n" + GOOD.replace(",", ";").replace("\n", "\r\n").encode(),
    "UTF-16 with a mark": GOOD.encode("utf-16"),
    "UTF-16 without a mark": GOOD.encode("utf-16-le"),
    "UTF-16, the other way round": GOOD.encode("utf-16-be"),
    "blank lines at the end": (GOOD + "\n,,,,\n").encode(),
    "text that a spreadsheet protects": GOOD.replace("66005566", "'66005566")
    .replace("00099999", '"=""00099999"""')
    .encode(),
    "right control totals": (GOOD + "#totals customers=2 spendable_minor=12550\n").encode(),
}


@pytest.mark.parametrize("raw", SAME.values(), ids=SAME)
def test_a_file_as_a_spreadsheet_exports_it_gives_the_same_facts(desk: Desk, raw: bytes) -> None:
    desk.check(GOOD, "plain.csv")
    code, printed = desk.check(raw)
    assert code == 0, printed
    assert canonical_json(desk.facts()) == canonical_json(desk.facts("plain.csv"))


def test_a_compressed_file_is_read_as_it_is(desk: Desk) -> None:
    desk.check(GOOD)
    assert desk.check(gzip.compress(GOOD.encode("utf-16")), "points.csv.gz")[0] == 0
    assert desk.facts("points.csv.gz") == desk.facts()


def test_a_file_that_zstd_compressed_is_read_by_its_command(desk: Desk) -> None:
    desk.check(GOOD, "plain.csv")
    code, printed = desk.check(ZSTD)
    assert (code, "no zstd command here" in printed) == ((0, False) if HAS_ZSTD else (1, True)), printed
    if HAS_ZSTD:
        assert desk.facts() == desk.facts("plain.csv")


def test_control_totals_go_into_the_file_of_facts_as_its_last_line(desk: Desk) -> None:
    desk.check(GOOD + "#totals customers=2 spendable_minor=12550\n")
    assert (
        (desk.folder / "points.csv.facts.jsonl").read_text().endswith("\n#totals customers=2 spendable_minor=12550\n")
    )


def test_amounts_with_a_decimal_comma(desk: Desk) -> None:
    raw = GOOD.replace(",", ";").replace("125.50", "1.125,50")
    assert desk.check(raw, decimal=",", thousands=".")[0] == 0
    assert desk.facts()[0]["spendable_minor"] == 112550


WRONG = {
    "a phone in scientific notation": (OMAR.replace("66005566", "9.7433E+10"), "phone", "is in scientific notation"),
    "an id without its zeros": (OMAR.replace("00099999", "99999"), "provider_customer_ids", "has 5 characters where"),
    "a phone without its plus": (OMAR.replace("66005566", "4915112345678"), "phone", "is not a phone number: a spread"),
    "another form of date": (OMAR.replace("31/12/2024", "12/31/2024"), "member_since", "is not a date of the form"),
    "three decimals": (OMAR.replace(",0,", ",1.005,"), "spendable_minor", "has more than 2 decimals"),
    "words for an amount": (OMAR.replace(",0,", ",none,"), "spendable_minor", "is not an amount"),
    "less than nothing": (OMAR.replace(",0,", ",-1,"), "spendable_minor", "is negative"),
    "no phone": (OMAR.replace("66005566", ""), "phone", "is empty"),
    "a cell too many": (f"{OMAR},x", "row", "has 6 cells where the first line has 5"),
    "the same customer twice": (LAYLA.replace("+974 ", "00974"), "customer", "is in the file twice, first in line 2"),
    "Latin-1": (OMAR.replace("Omar", "Ren\udce9"), "name", "is not UTF-8"),
}


@pytest.mark.parametrize(("row", "field", "reason"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_named_with_its_line_and_no_value(desk: Desk, row: str, field: str, reason: str) -> None:
    raw = f"{HEADER}\n{LAYLA}\n{row}\n".encode(errors="surrogateescape")
    code, printed = desk.check(raw)
    assert code == 1
    ((line, name, why),) = desk.wrong()
    assert (line, name, why.startswith(reason)) == (3, field, True), why
    assert "(line 3)" in printed
    assert not [planted for planted in ("Omar", "6600", "9.7433", "Layla") if planted in printed + why]
    assert not (desk.folder / "points.csv.facts.jsonl").exists()


def test_everything_that_is_wrong_is_told_at_once(desk: Desk) -> None:
    rows = [row for row, *_ in WRONG.values()]
    raw = "\n".join([HEADER, LAYLA, *rows, "#totals customers=5"]).encode(errors="surrogateescape")
    code, printed = desk.check(raw)
    assert code == 1
    assert [line for line, *_ in desk.wrong()] == [*range(3, 3 + len(WRONG)), 0]
    assert desk.wrong()[-1][1:] == ("customers", "the control total is 5, and the lines add up to 1")
    assert f"{len(WRONG) + 1} mistakes" in printed


UNREADABLE = {
    "a spreadsheet": (b"PK\x03\x04rest", "is a spreadsheet"),
    "a torn zstd file": (ZSTD[:-3], "is not a whole zstd file" if HAS_ZSTD else "there is no zstd command here"),
    "half of a gzip file": (gzip.compress(GOOD.encode() * 999)[:60], "ends in the middle"),
    "a header that lacks a column": (GOOD.replace("Mobile", "Mobil").encode(), "lacks 'Mobile' (is it 'Mobil'?)"),
    "a column twice": (GOOD.replace("Joined", "Balance").encode(), "lacks 'Joined'"),
    "totals that are none": ((GOOD + "#totals two\n").encode(), "control totals cannot be read"),
}


@pytest.mark.parametrize(("raw", "reason"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_file_that_cannot_be_read_says_why_and_leaves_nothing(desk: Desk, raw: bytes, reason: str) -> None:
    code, printed = desk.check(raw)
    assert (code, reason in printed) == (1, True), printed
    assert sorted(path.name for path in desk.folder.iterdir()) == ["mapping.json", "points.csv"]


@pytest.mark.parametrize(
    ("mapping", "reason"),
    [
        ({"colums": {}}, "'colums' (is it 'columns'?)"),
        ({"columns": {"name": "Full name"}}, "no column for phone"),
        ({"columns": {"phone": "Mobile", "nmae": "Full name"}}, "'nmae' (is it 'name'?)"),
        ({"source": ""}, "lacks source"),
        ({"time_zone": "Asia/Quatar"}, "a time_zone that does not exist"),
    ],
)
def test_a_mapping_that_cannot_be_used_says_why(desk: Desk, mapping: dict[str, Any], reason: str) -> None:
    code, printed = desk.check(GOOD, **mapping)
    assert (code, reason in printed) == (1, True), printed


def test_json_lines_are_checked_as_they_are(desk: Desk) -> None:
    other = {**FACT, "detail": {**FACT["detail"], "fact_id": "t-2", "amount_minor": "5"}}
    lines = [json.dumps(FACT), "", "{bad", "[]", json.dumps(FACT), json.dumps(other), json.dumps({"detail-type": "x"})]
    code, _ = desk.check("\n".join(lines), "facts.jsonl")
    assert code == 1
    assert [(line, field) for line, field, _ in desk.wrong("facts.jsonl")] == [
        (3, "body"),
        (4, "body"),
        (5, "customer"),
        (6, "amount_minor"),
        (7, "detail"),
    ]
    assert desk.check(json.dumps(FACT), "good.jsonl")[0] == 0
    assert desk.facts("good.jsonl") == [FACT["detail"]]


def test_beside_control_totals_a_fact_that_adds_by_itself_is_wrong(desk: Desk) -> None:
    included = {**FACT, "detail": {**FACT["detail"], "fact_id": "t-2", "included_in": "old-points"}}
    assert desk.check(f"{json.dumps(FACT)}\n{json.dumps(included)}\n#totals customers=0", "facts.jsonl")[0] == 1
    assert [(line, field) for line, field, _ in desk.wrong("facts.jsonl")] == [(1, "included_in")]
    assert desk.check(f"{json.dumps(included)}\n#totals customers=0", "facts.jsonl")[0] == 0


def memory_of_a_check(folder: Path, lines: int) -> int:
    """The most that a check of so many customers has in memory, in kilobytes."""
    path = folder / f"{lines}.csv"
    with path.open("w") as file:
        file.write(f"{HEADER}\n")
        file.writelines(f"+9743{n:07},Person {n},12.50,03/04/2025,{n:08}\n" for n in range(lines))
    (folder / "mapping.json").write_text(json.dumps(MAPPING))
    program = (
        "import resource, sys; from admin.loads import check; code = check.main(sys.argv[1:]);"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr); sys.exit(code)"
    )
    command = [sys.executable, "-c", program, "--mapping", str(folder / "mapping.json"), "--", str(path)]
    environment = {"PYTHONPATH": f"{ROOT / 'layers/common/python'}:{ROOT}"}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return int(ended.stderr)


@pytest.mark.slow
@pytest.mark.thorough
def test_the_memory_of_a_check_does_not_grow_with_the_lines(tmp_path: Path) -> None:
    """A dictionary of what has been seen would take eight megabytes more for these. LINES=200000 looks longer."""
    lines = int(os.environ.get("LINES", "60000"))
    few, many = (memory_of_a_check(tmp_path, count) for count in (2_000, lines))
    print(f"2,000 lines: {few:,} KB; {lines:,} lines: {many:,} KB")
    assert many - few < 4_000


def test_a_run_after_a_correction_gives_the_same_ids(desk: Desk) -> None:
    desk.check(GOOD)
    before = [each["fact_id"] for each in desk.facts()]
    desk.check(GOOD.replace("Layla", "Leila"))
    assert [each["fact_id"] for each in desk.facts()] == before
    desk.check(GOOD, source="other")
    assert not {*before} & {each["fact_id"] for each in desk.facts()}
