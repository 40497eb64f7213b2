"""docs/files.md: files as people send them, and what `make facts` says of each."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from admin.loads.check import check
from admin.loads.wrong import CannotRead
from tests.support.load_files.points import GOOD, HEADER, LAYLA, MAPPING, OMAR


def _row(before: str, after: str) -> bytes:
    """The file with another cell in its third line."""
    return f"{HEADER}\n{LAYLA}\n{OMAR.replace(before, after)}\n".encode()


def _csv(before: str, after: str) -> bytes:
    return GOOD.replace(before, after).encode()


RIGHT = {
    "Plain UTF-8 with commas": GOOD.encode(),
    "UTF-8 with a byte order mark and CRLF, as Excel writes it": _csv("\n", "\r\n").decode().encode("utf-8-sig"),
    "Semicolons instead of commas": _csv(",", ";"),
    "Tabs, in UTF-16, as Excel's “Unicode text”": _csv(",", "\t").decode().encode("utf-16"),
    "UTF-16 without a mark": GOOD.encode("utf-16-le"),
    "A first line `sep=;`": b"sep=;\r\n" + _csv(",", ";"),
    "Blank lines at the end": GOOD.encode() + b"\n,,,,\n",
    'Cells that a spreadsheet protects: `\'66005566` and `="00099999"`': GOOD.replace("66005566", "'66005566")
    .replace("00099999", '"=""00099999"""')
    .encode(),
    "A delimiter at the end of each line, in the first as well": _csv("\n", ",\n"),
    "A phone and an amount in Arabic digits": _csv("66005566", "٦٦٠٠٥٥٦٦")
    .decode()
    .replace("125.50", "١٢٥.٥٠")
    .encode(),
    "gzip": gzip.compress(GOOD.encode()),
    "A last line `#totals customers=2 spendable_minor=12550`": GOOD.encode()
    + b"#totals customers=2 spendable_minor=12550\n",
}
"""By what is special about each."""
WRONG = {
    "A phone as `9.7433E+10`": _row("66005566", "9.7433E+10"),
    "A phone that has lost its plus: `4915112345678`": _row("66005566", "4915112345678"),
    "A phone as `66005566.0`": _row("66005566", "66005566.0"),
    "A card number that has lost its zeros: `99999`": _row("00099999", "99999"),
    "A date in the American form: `12/31/2024`": _row("31/12/2024", "12/31/2024"),
    "A date as a number: `45657`": _row("31/12/2024", "45657"),
    "An amount with three decimals: `1.005`": _row(",0,", ",1.005,"),
    "An amount below 0": _row(",0,", ",-1,"),
    "A cell that is too many, from a comma in a name": _row("Omar Saleh", "Saleh, Omar"),
    "An error of a spreadsheet: `#N/A`": _row("Omar Saleh", "#N/A"),
    "A line break in a name": _row("Omar Saleh", '"Omar\nSaleh"'),
    "The first line once more": _row(OMAR, HEADER),
    "The same card twice": _row("00099999", "00012345"),
    "The same customer twice, spelt differently": _row(OMAR, LAYLA.replace("+974 ", "00974")),
    "Names in Latin-1": f"{HEADER}\n{LAYLA}\n{OMAR}\n".replace("Omar", "René").encode("latin-1"),
    "Control totals that are one off": GOOD.encode() + b"#totals customers=2 spendable_minor=12551\n",
    "Control totals with decimals": GOOD.encode() + b"#totals customers=2 spendable_minor=12550.0\n",
    "Only a first line": f"{HEADER}\n".encode(),
    "A column with another heading": _csv("Mobile", "Mobil"),
    "A workbook (.xlsx)": b"PK\x03\x04",
    "Half of a gzip file": gzip.compress(GOOD.encode() * 999)[:60],
}


def page() -> str:
    """The whole page."""
    return f"""<!-- Written by `make load-files`; do not edit. -->

# Files as people send them

`make facts` has read each of these files. All are the same two customers, written in different
ways, with the mapping of [moving in](moving-in.md). Files that zstd compressed are read too, where there is a `zstd`
command.

## Read as they are

| the file | what you get |
|---|---|
{_table(RIGHT)}

## Refused, and why

Nothing is written to be loaded. The words are those on the screen; they never quote a cell.

| the file | what `make facts` says |
|---|---|
{_table(WRONG)}
"""


def _table(files: dict[str, bytes]) -> str:
    with TemporaryDirectory() as folder:
        return "\n".join(f"| {what} | {'<br>'.join(_said(Path(folder), raw))} |" for what, raw in files.items())


def _said(folder: Path, raw: bytes) -> Iterator[str]:
    path, mapping = folder / "points.csv", folder / "points.json"
    path.write_bytes(raw)
    mapping.write_text(json.dumps(MAPPING))
    try:
        checked = check(path, mapping)
    except CannotRead as trouble:
        yield f"{path.name}: {trouble}"
        return
    if not checked.wrong.count:
        yield f"{checked.totals['customers']} facts" + (", and the totals agree" if checked.stated else "")
    yield from (each.strip() for each in checked.wrong.told())
