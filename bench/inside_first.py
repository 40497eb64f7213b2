"""Runs in a fresh interpreter: imports one handler, calls it once and ends.

    inside_first.py MODULE DIRECTORY…

`BENCH_EVENT` names the file with the event. The parent asks the system what the process has used.
"""

import json
import os
import sys
import types

sys.path[:0] = sys.argv[2:]
context = types.SimpleNamespace(
    function_name="function",
    memory_limit_in_mb=1024,
    invoked_function_arn="arn:aws:lambda:eu-west-1:123456789012:function:function",
    aws_request_id="5a2f3c1e-8c6b-4d53-9d4f-0e5b9a7c1d20",
)
handler = __import__(sys.argv[1], fromlist=["handler"]).handler
with open(os.environ["BENCH_EVENT"]) as file:
    answer = handler(json.load(file), context)
sys.stdout.flush()
if "policyDocument" not in answer and answer["statusCode"] != 200:
    sys.exit(f"answered {answer}")
os._exit(0)
