"""Runs in a fresh interpreter: imports one handler and ends.

    inside_cold.py MODULE DIRECTORY…

With `BENCH_EVENT`, the file of an event, it calls the handler once before. The parent asks the system what the process
has used. It ends at once, for Lambda tears nothing down after an import.
"""

import os
import sys

sys.path[:0] = sys.argv[2:]
handler = __import__(sys.argv[1], fromlist=["handler"]).handler
if event := os.environ.get("BENCH_EVENT"):
    import json
    import types

    context = types.SimpleNamespace(
        function_name="function",
        memory_limit_in_mb=1024,
        invoked_function_arn="arn:aws:lambda:eu-west-1:123456789012:function:function",
        aws_request_id="5a2f3c1e-8c6b-4d53-9d4f-0e5b9a7c1d20",
    )
    with open(event) as file:
        answer = handler(json.load(file), context)
    sys.stdout.flush()
    if "policyDocument" not in answer and answer["statusCode"] != 200:
        sys.exit(f"answered {answer}")
os._exit(0)
