"""`python -m tests.support.stack.feed_reader API TOKEN FOLDER`: reads GET /changes, and may be killed at any instant.

It writes the events of a page down before it keeps the cursor, as a consumer has to: so a page may come twice.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from urllib.parse import quote

import requests

POLL = 0.2


def main(api: str, token: str, folder: Path) -> None:
    """Until it is killed."""
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {token}"
    while True:
        more = read_page(session, api, folder)
        if not more:
            time.sleep(POLL)


def read_page(session: requests.Session, api: str, folder: Path) -> bool:
    """Handle one page. Whether there are more events."""
    kept = folder / "cursor"
    cursor = f"&cursor={quote(kept.read_text(), safe='')}" if kept.exists() else ""
    answer = session.get(f"{api}/changes?limit=20{cursor}", timeout=60)
    if answer.status_code in (429, 503):
        return False
    answer.raise_for_status()
    data = answer.json()["data"]
    with (folder / "events.jsonl").open("a") as file:
        # A line that a kill has torn ends here.
        file.write("\n")
        for event in data["events"]:
            file.write(json.dumps(event) + "\n")
        file.flush()
        os.fsync(file.fileno())
    fresh = folder / "cursor.new"
    fresh.write_text(data["next_cursor"])
    fresh.replace(kept)
    return bool(data["more"])


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
