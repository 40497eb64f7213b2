"""A till that records and sends until it is killed: `python till.py URL TOKEN JOURNAL PHONE FIRST COUNT`.

It prints "about N" before it records event N, "recorded N" once that is on disk, and "sent" when nothing waits.
"""

from __future__ import annotations

import random
import sys
import threading
import time

from customers_till import Journal, Recorder, TillClient


def main(url: str, token: str, path: str, phone: str, first: int, count: int) -> None:
    journal = Journal(path, key=bytes(32))
    recorder = Recorder(TillClient(url, lambda: token), journal)
    recording = threading.Event()

    def send() -> None:
        while recording.is_set() or journal.waiting:
            recorder.flush(deadline=8)

    recording.set()
    sender = threading.Thread(target=send)
    sender.start()
    for number in range(first, first + count):
        print("about", number, flush=True)
        recorder.record(phone, {"event_type": "check_in", "attributes": {"number": number}})
        print("recorded", number, flush=True)
        time.sleep(random.random() / 20)
    recording.clear()
    sender.join()
    print("held", len(journal.held), flush=True)
    print("sent", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:5], *map(int, sys.argv[5:7]))  # type: ignore[arg-type]
