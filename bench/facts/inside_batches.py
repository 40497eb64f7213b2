"""Runs for as long as its standard input is open: calls one handler with the events that it reads.

    inside_batches.py MODULE DIRECTORY…

Reads events, each as one line of JSON. Answers each with the CPU that the handler took for it, in nanoseconds (user
and system, all threads), and with the handler's answer.
"""

import gc
import json
import os
import sys
import time
import traceback
from types import SimpleNamespace
from typing import TextIO

sys.path[:0] = sys.argv[2:]
CONTEXT = SimpleNamespace(
    function_name="function",
    memory_limit_in_mb=1024,
    invoked_function_arn="arn:aws:lambda:eu-west-1:123456789012:function:function",
    aws_request_id="5a2f3c1e-8c6b-4d53-9d4f-0e5b9a7c1d20",
)


def serve(events: TextIO, answers: TextIO) -> None:
    handler = __import__(sys.argv[1], fromlist=["handler"]).handler
    for line in events:
        event = json.loads(line)
        gc.collect()  # or a batch would pay for those before it
        began = time.process_time_ns()
        answer = handler(event, CONTEXT)
        print(json.dumps([time.process_time_ns() - began, answer]), file=answers, flush=True)


if __name__ == "__main__":
    with os.fdopen(os.dup(1), "w") as parent, os.fdopen(os.dup(2), "w") as screen:
        # Log lines cost their system call, one each as in Lambda, and go nowhere.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in (1, 2):
            os.dup2(nowhere, stream)
        sys.stdout = os.fdopen(1, "w", buffering=1)
        sys.stderr = os.fdopen(2, "w", buffering=1)
        try:
            serve(sys.stdin, parent)
        except BaseException:
            traceback.print_exc(file=screen)
            raise
