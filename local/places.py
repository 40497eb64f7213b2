"""Where the local stack keeps its files, all inside the checkout."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCAL = ROOT / ".local"
TOOLS = LOCAL / "tools" / "bin"

# Shared by all stacks of this checkout: the build, and the key that signs their tokens.
SAM = LOCAL / "sam"
BUILD = SAM / "build"
DEPENDENCIES = LOCAL / "dependencies"
SIGNING_KEY = LOCAL / "signing.pem"


@dataclass(frozen=True)
class Place:
    """The folder of one stack. Tests use their own stacks beside the developer's."""

    folder: Path

    @property
    def stack_file(self) -> Path:
        """The addresses of the running stack, for other programs."""
        return self.folder / "stack.json"

    @property
    def pages_file(self) -> Path:
        """What the web pages must know of the stack."""
        return self.folder / "pages.json"

    @property
    def process_file(self) -> Path:
        """The process id and the port of the emulator that was started here."""
        return self.folder / "emulator.json"

    @property
    def emulator_log(self) -> Path:
        return self.folder / "emulator.log"

    @property
    def deploy_log(self) -> Path:
        return self.folder / "deploy.log"

    @property
    def state(self) -> Path:
        """The kept state: some snapshots, of which `current` is the last complete one."""
        return self.folder / "state"

    @property
    def current(self) -> Path:
        """A link to the snapshot that the next start reads."""
        return self.state / "current"

    @property
    def layout_file(self) -> Path:
        """The rows' layout, the tables and the emulator's version that the state was written with."""
        return self.state / "layout.json"

    @property
    def unsaved_mark(self) -> Path:
        """A file that exists while an emulator runs, and stays if it ends without saving its state."""
        return self.state / "unsaved"

    @property
    def objects(self) -> Path:
        """The buckets' objects of the running emulator. Each snapshot has links to its own."""
        return self.folder / "objects"

    @property
    def scratch(self) -> Path:
        """Temporary files of the emulator and its functions."""
        return self.folder / "scratch"
