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
    "UTF-16 without a mark, in another script": GOOD.replace("Mobile", "الجوال").encode("utf-16-le"),
    "UTF-32": GOOD.encode("utf-32"),
    "line ends that differ": f"{HEADER}\r\n{LAYLA}\n{OMAR}\r\n".encode(),
    "the line ends of an old Macintosh": GOOD.replace("\n", "\r").encode(),
    "every cell in quotation marks": "".join(f'"{row}"\n' for row in GOOD.replace(",", '","').splitlines()).encode(),
    "a delimiter at the end of each line": GOOD.replace("\n", ",\n").encode(),
    "spaces around the headings": GOOD.replace("Mobile,", "Mobile ,").replace("Card\n", " Card\u00a0\n").encode(),
    "Arabic digits": GOOD.replace("66005566", "٦٦٠٠٥٥٦٦").replace("125.50", "١٢٥.٥٠").encode(),
    "blank lines at the end": (GOOD + "\n,,,,\n").encode(),
    "text that a spreadsheet protects": GOOD.replace("66005566", "'66005566")
    .replace("00099999", '"=""00099999"""')
    .encode(),
    "right control totals": (GOOD + "#totals customers=2 spendable_minor=12550\n").encode(),
}


@pytest.mark.parametrize("raw", SAME.values(), ids=SAME)
def test_a_file_as_a_spreadsheet_exports_it_gives_the_same_facts(desk: Desk, raw: bytes) -> None:
    desk.check(GOOD, "plain.csv")
    columns = MAPPING["columns"] | ({"phone": "الجوال"} if "الجوال".encode("utf-16-le") in raw else {})
    code, printed = desk.check(raw, columns=columns)
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


@pytest.mark.parametrize(
    ("amount", "minor"),
    [
        ("125,50", 12_550),
        ("1.234,56", 123_456),
        ("1.234.567", 123_456_700),
        ("12.34.567,89", 123_456_789),
        ("+5,", 500),
        (",5", 50),
        ("-0", 0),
    ],
)
def test_an_amount_with_a_comma_for_decimals_and_points_for_thousands(desk: Desk, amount: str, minor: int) -> None:
    raw = GOOD.replace(",", ";").replace("125.50", amount)
    code, printed = desk.check(raw, decimal=",", thousands=".")
    assert code == 0, printed
    assert desk.facts()[0]["spendable_minor"] == minor


def test_thousands_are_separated_by_any_space_if_by_one(desk: Desk) -> None:
    for space in (" ", "\u00a0", "\u202f"):
        assert desk.check(GOOD.replace("125.50", f"1{space}234.50"), thousands=" ")[0] == 0
        assert desk.facts()[0]["spendable_minor"] == 123_450


@pytest.mark.parametrize("amount", ["125.50", "1.23", "1.2345", "1.234.56", "1,234.567", ".125", "1..234"])
def test_points_where_no_thousands_end_may_be_decimals(desk: Desk, amount: str) -> None:
    """Read with the wrong mapping, 125.50 would be a hundred times as much."""
    code, printed = desk.check(GOOD.replace(",", ";").replace("125.50", amount), decimal=",", thousands=".")
    assert (code, "has '.' where no thousands end: it may stand for decimals (line 2)" in printed) == (1, True)


def test_a_dinar_has_a_thousand_fils(desk: Desk) -> None:
    assert desk.check(GOOD.replace("125.50", "125.505"), currency="KWD", decimals=3)[0] == 0
    assert desk.facts()[0]["spendable_minor"] == 125_505


def test_a_name_keeps_its_own_apostrophe(desk: Desk) -> None:
    assert desk.check(GOOD.replace("Layla", "'Abla"))[0] == 0
    assert desk.facts()[0]["name"] == "'Abla Hassan"


@pytest.mark.slow
@pytest.mark.thorough
def test_a_customer_again_a_hundred_thousand_lines_later_is_named_with_both(desk: Desk) -> None:
    rows = [f"+9743{number:07},Somebody,1.00,03/04/2025,{number:08}" for number in range(100_000)]
    again = "+9743 000 0000,Somebody,1.00,03/04/2025,99999999"
    assert desk.check("\n".join([HEADER, *rows, again]))[0] == 1
    assert desk.wrong() == [(100_002, "customer", "is in the file twice, first in line 2")]


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
    "a phone that was a float": (OMAR.replace("66005566", "66005566.0"), "phone", "ends in .0"),
    "an id that was a float": (OMAR.replace("00099999", "999999.0"), "provider_customer_ids", "ends in .0"),
    "two phones": (OMAR.replace("66005566", "66005566/66005567"), "phone", "is not a phone number"),
    "days since 1900": (OMAR.replace("31/12/2024", "45657"), "member_since", "is a spreadsheet's number of days"),
    "a day that does not exist": (OMAR.replace("31/12/2024", "31/02/2024"), "member_since", "is not a date"),
    "a day to come": (OMAR.replace("31/12/2024", "31/12/2099"), "member_since", "is in the future"),
    "the first day of all": (OMAR.replace("31/12/2024", "01/01/0001"), "member_since", "is not a date"),
    "an amount in brackets": (OMAR.replace(",0,", ",(5.00),"), "spendable_minor", "is not an amount"),
    "an amount that is none": (OMAR.replace(",0,", ",NaN,"), "spendable_minor", "is not an amount"),
    "an amount as programs write it": (OMAR.replace(",0,", ",1_000,"), "spendable_minor", "is not an amount"),
    "an amount of many digits": (OMAR.replace(",0,", f",{'9' * 5000},"), "spendable_minor", "is not an amount"),
    "a hair more": (OMAR.replace(",0,", f",1.{'0' * 28}1,"), "spendable_minor", "has more than 2 decimals"),
    "an error of a spreadsheet": (OMAR.replace("Omar Saleh", "#N/A"), "name", "is a spreadsheet's error"),
    "a database's nothing": (OMAR.replace("Omar Saleh", "NULL"), "name", "is a database's word for nothing"),
    "a zero byte": (OMAR.replace("Omar", "Om\0ar"), "name", "must be one line of text"),
    "the headings again": (HEADER, "row", "is the first line again"),
    "a card of two customers": (OMAR.replace("00099999", "00012345"), "provider_customer_ids", "is in the file twice"),
    "a long cell": (OMAR.replace("Omar", "O" * 200_000), "row", "has a cell of more than 131,072 characters"),
    "two lines in a name": (OMAR.replace("Omar Saleh", '"Omar\nSaleh"'), "name", "must be one line of text"),
}


@pytest.mark.parametrize(("row", "field", "reason"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_named_with_its_line_and_no_value(desk: Desk, row: str, field: str, reason: str) -> None:
    raw = f"{HEADER}\n{LAYLA}\n{row}\n".encode(errors="surrogateescape")
    code, printed = desk.check(raw)
    assert code == 1
    ((line, name, why),) = desk.wrong()
    assert (line, name, why.startswith(reason)) == (3, field, True), why
    assert "(line 3)" in printed
    assert not [planted for planted in ("Omar", "6600", "9.7433", "Layla", "00012345") if planted in printed + why]
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
    "half of a gzip file": (gzip.compress(GOOD.encode() * 999)[:60], "is not a whole gzip file"),
    "the most of a gzip file": (gzip.compress(GOOD.encode() * 999)[:-20], "ends in the middle, after line 2,"),
    "gzip in gzip": (gzip.compress(gzip.compress(GOOD.encode())), "is compressed twice"),
    "gzip that ends in something else": (gzip.compress(GOOD.encode() * 999) + b"junk", "is damaged after line 2,"),
    "an old spreadsheet": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is a spreadsheet (.xls)"),
    "a PDF": (b"%PDF-1.4", "is a PDF"),
    "xz": (b"\xfd7zXZ\0", "is compressed with xz"),
    "nothing": (b"", "is empty"),
    "only the headings": (f"{HEADER}\n".encode(), "has no customer"),
    "only the headings, and no line end": (HEADER.encode(), "has no customer"),
    "UTF-16 that ends in half of a letter": (GOOD.encode("utf-16-le")[:-1], "is not in the encoding"),
    "headings in Latin-1": (GOOD.replace("Card", "Carté").encode("latin-1"), "its first line is not UTF-8"),
    "headings in another case": (GOOD.replace("Mobile", "MOBILE").encode(), "lacks 'Mobile' (is it 'MOBILE'?)"),
    "a line of two megabytes": (f"{GOOD}{'x' * 2_000_000}\n".encode(), "line 4 has more than 1,000,000 characters"),
    "headings of two megabytes": (b"x" * 2_000_000, "line 1 has more than 1,000,000 characters"),
    "headings that are long": (b"x" * 200_000, "its first line has a cell of more than 131,072"),
    "totals that are floats": ((GOOD + "#totals spendable_minor=12550.0\n").encode(), "control totals in line 4"),
    "totals that are stated twice": ((GOOD + "#totals customers=2 customers=3\n").encode(), "control totals in line 4"),
    "totals of nothing": ((GOOD + "#totals\n").encode(), "control totals in line 4"),
    "totals as programs write them": ((GOOD + "#totals spendable_minor=12_550\n").encode(), "control totals in line 4"),
    "a header that lacks a column": (GOOD.replace("Mobile", "Mobil").encode(), "lacks 'Mobile' (is it 'Mobil'?)"),
    "a column twice": (GOOD.replace("Joined", "Balance").encode(), "lacks 'Joined'"),
    "totals that are none": ((GOOD + "#totals two\n").encode(), "control totals in line 4 cannot be read"),
}


@pytest.mark.parametrize(("raw", "reason"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_file_that_cannot_be_read_says_why_and_leaves_nothing(desk: Desk, raw: bytes, reason: str) -> None:
    code, printed = desk.check(raw)
    assert (code, reason in printed) == (1, True), printed
    assert sorted(path.name for path in desk.folder.iterdir()) == ["mapping.json", "points.csv"]


def with_rule(field: str, **rule: Any) -> dict[str, Any]:
    """The columns, with more in the rule of one of them."""
    columns = MAPPING["columns"]
    return {"columns": {**columns, field: {**columns[field], **rule}}}


@pytest.mark.parametrize(
    ("mapping", "reason"),
    [
        ({"colums": {}}, "'colums' (is it 'columns'?)"),
        ({"columns": {"name": "Full name"}}, "no column for phone"),
        ({"columns": {"phone": "Mobile", "nmae": "Full name"}}, "'nmae' (is it 'name'?)"),
        ({"source": ""}, "lacks source"),
        ({"time_zone": "Asia/Quatar"}, "a time_zone that does not exist"),
        ({"time_zone": 3}, "time_zone in the mapping is not text"),
        ({"home_region": "QATAR"}, "home_region in the mapping is not a country"),
        ({"home_region": "qa"}, "home_region in the mapping is not a country"),
        ({"delimiter": "::"}, "delimiter in the mapping is not one character"),
        ({"decimals": "2"}, "decimals in the mapping is not a whole number from 0 to 4"),
        ({"decimals": True}, "decimals in the mapping is not a whole number from 0 to 4"),
        ({"decimals": -1}, "decimals in the mapping is not a whole number from 0 to 4"),
        ({"decimal": ",", "thousands": ","}, "the same sign for decimals and thousands"),
        ({"thousands": 3}, "thousands in the mapping is not one character"),
        ({"currency": "qar"}, "the currency 'qar' (is it 'QAR'?)"),
        # A dinar of Bahrain has a thousand fils: 125.50 would be 12.550.
        ({"currency": "BHD"}, "says 2 decimals for spendable_minor, and BHD has 3"),
        ({"currency": "JPY"}, "says 2 decimals for spendable_minor, and JPY has 0"),
        (with_rule("member_since", format=5), "format for member_since in the mapping is not text"),
        (with_rule("member_since", fromat="%d"), "has for member_since 'fromat' (is it 'format'?)"),
        (
            with_rule("provider_customer_ids", length="8"),
            "length for provider_customer_ids in the mapping is not a whole",
        ),
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
        (5, "fact_id"),
        (6, "amount_minor"),
        (7, "detail"),
    ]
    assert desk.check(json.dumps(FACT), "good.jsonl")[0] == 0
    assert desk.facts("good.jsonl") == [FACT["detail"]]


def imported(number: int, **detail: Any) -> str:
    """A line of a database's dump."""
    usual = {
        "fact_id": f"import-{number}",
        "enterprise_id": "acme",
        "occurred_at": "2026-06-01T00:00:00Z",
        "customer": {"phone": f"+9743300{number:04}"},
        "source": "old-crm",
        "spendable_minor": 5,
    }
    return json.dumps({"detail-type": "customer.imported", "detail": {**usual, **detail}})


def test_a_dump_is_refused_where_the_fold_would_refuse_its_facts(desk: Desk) -> None:
    lines = [
        imported(1),
        imported(2, customer={}),
        imported(3, customer={"phone": "+12"}),
        imported(4, customer={"phone": "unknown"}),
        # The enterprise may have a home region.
        imported(5, customer={"phone": "3300 0005"}),
        imported(6, customer={"phone": "00974 3300-0001"}),
        imported(1, customer={"phone": "+97433000007"}),
        imported(8, provider_customer_ids=["A", "B"]),
        imported(9, provider_customer_ids=["B"]),
        imported(1, source="other"),
    ]
    code, printed = desk.check("\n".join(lines), "dump.jsonl")
    assert code == 1
    assert [(line, field) for line, field, _ in desk.wrong("dump.jsonl")] == [
        (2, "customer"),
        (3, "customer.phone"),
        (4, "customer.phone"),
        (6, "customer"),
        (7, "fact_id"),
        (9, "provider_customer_ids"),
        (10, "fact_id"),
    ]
    assert "33000" not in printed


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
