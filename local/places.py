"""Where the local stack keeps its things: all of it inside the checkout."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCAL = ROOT / ".local"
TOOLS = LOCAL / "tools" / "bin"

# Shared by all stacks of this checkout: what was built, and the key that signs their tokens.
SAM = LOCAL / "sam"
BUILD = SAM / "build"
DEPENDENCIES = LOCAL / "dependencies"
SIGNING_KEY = LOCAL / "signing.pem"


@dataclass(frozen=True)
class Place:
    """The folder of one stack. Tests have stacks of their own, beside the one that a developer runs."""

    folder: Path

    @property
    def stack_file(self) -> Path:
        """What others read to reach the stack."""
        return self.folder / "stack.json"

    @property
    def process_file(self) -> Path:
        """The emulator that was started here: its process and its port."""
        return self.folder / "emulator.json"

    @property
    def emulator_log(self) -> Path:
        return self.folder / "emulator.log"

    @property
    def deploy_log(self) -> Path:
        return self.folder / "deploy.log"

    @property
    def state(self) -> Path:
        """The kept state: some snapshots, of which `current` is the last whole one."""
        return self.folder / "state"

    @property
    def current(self) -> Path:
        """A link to the snapshot that the next start reads."""
        return self.state / "current"

    @property
    def layout_file(self) -> Path:
        """With which rows, tables and emulator the state was written."""
        return self.state / "layout.json"

    @property
    def unsaved_mark(self) -> Path:
        """It is there while an emulator runs, and stays there when one ends without saving its state."""
        return self.state / "unsaved"

    @property
    def objects(self) -> Path:
        """The objects of buckets, as the running emulator has them. Each snapshot has links to its own."""
        return self.folder / "objects"

    @property
    def scratch(self) -> Path:
        """Temporary files of the emulator and of the functions in it."""
        return self.folder / "scratch"
