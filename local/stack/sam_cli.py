"""The SAM CLI, for the local stack: it reads and writes YAML with the library's part in C. In Python that is half of a
deploy, because the template is read again and again.
"""

import yaml

if yaml.__with_libyaml__:
    # The CLI takes its loader and its dumper from these names as it is imported.
    setattr(yaml, "SafeLoader", yaml.CSafeLoader)  # noqa: B010 - a class, to mypy, is not replaced
    setattr(yaml, "SafeDumper", yaml.CSafeDumper)  # noqa: B010

from samcli.cli.main import cli  # type: ignore[import-not-found]

if __name__ == "__main__":
    cli(prog_name="sam")
