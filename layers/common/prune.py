"""Cut installed libraries down to what the functions can reach, and ship their byte code beside the sources.

    prune.py DIRECTORY

Two thirds of botocore describe services that this system never calls; every megabyte is unzipped at each cold start.
"""

from __future__ import annotations

import compileall
import json
import shutil
import sys
from pathlib import Path
from py_compile import PycInvalidationMode

from roots import unfold

# boto3's names of the services, and of their endpoints where the two differ.
SERVICES = {"dynamodb", "events", "kms", "lambda", "s3", "sns", "sqs", "stepfunctions", "sts"}
ENDPOINTS = SERVICES - {"stepfunctions"} | {"states"}

# No library of the layer looks its own distribution up at run time, and pydantic opens each one it finds on import.
# Of short numbers (112, SMS codes) nothing is asked; each region's would be loaded then. Powertools gives the Logger.
NEEDLESS = (
    *("bin", "*.dist-info", "boto3/examples", "**/__pycache__", "**/tests", "**/*.pyi"),
    "phonenumbers/shortdata/region_*.py",
    "aws_lambda_powertools/event_handler",
)


def prune(directory: Path) -> None:
    """Remove what is never imported or read. certifi's file of roots becomes a folder of them."""
    for pattern in NEEDLESS:
        for path in sorted(directory.glob(pattern)):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
    bundle = directory / "certifi/cacert.pem"
    if bundle.is_file():
        unfold(bundle.read_text(), directory / "roots")
        shutil.rmtree(bundle.parent)
    for data in (directory / "botocore/data", directory / "boto3/data"):
        if not data.is_dir():
            return  # the layer without libraries
        for service in data.iterdir():
            if service.is_dir() and service.name not in SERVICES:
                shutil.rmtree(service)
    endpoints = directory / "botocore/data/endpoints.json"
    document = json.loads(endpoints.read_text())
    for partition in document["partitions"]:
        partition["services"] = {name: at for name, at in partition["services"].items() if name in ENDPOINTS}
    endpoints.write_text(json.dumps(document, separators=(",", ":")))


def ship_byte_code(directory: Path, runs_at: str) -> None:
    """Compile every module, so that no cold start does.

    Lambda unpacks the archive with times of its own, which is why the byte code must not be checked against its
    source; and the path it will run at replaces the path it was built at, so that two builds are equal.
    """
    compiled = compileall.compile_dir(
        directory,
        maxlevels=40,
        quiet=1,
        stripdir=str(directory),
        prependdir=runs_at,
        invalidation_mode=PycInvalidationMode.UNCHECKED_HASH,
    )
    if not compiled:
        raise SystemExit(f"{directory}: not every module compiles")


if __name__ == "__main__":
    prune(Path(sys.argv[1]))
    ship_byte_code(Path(sys.argv[1]), "/opt/python")
