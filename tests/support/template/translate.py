"""Translate the template as SAM does when it deploys. Run by the Python of `.local/tools`, which has the translator."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import yaml
from samtranslator.translator.transform import transform  # type: ignore[import-not-found]
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-not-found]

UPLOADED = "s3://packaged/code"
"""What `sam package` puts in place of a folder or a file."""


class NoManagedPolicies:
    """The template names no managed policy by a short name."""

    def load(self) -> dict[str, str]:
        return {}


def main(path: str) -> None:
    # libyaml reads the template ten times as fast.
    yaml.SafeLoader = yaml.CSafeLoader  # type: ignore[assignment, misc]
    template = yaml_parse(Path(path).read_text())
    template["Globals"]["Function"]["CodeUri"] = UPLOADED
    for resource in template["Resources"].values():
        for name in {"ContentUri", "DefinitionUri"} & set(resource.get("Properties", {})):
            resource["Properties"][name] = UPLOADED
    json.dump(transform(template, {}, NoManagedPolicies()), sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
