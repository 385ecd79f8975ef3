"""Where the lab keeps what it made."""

import hashlib
from pathlib import Path

from msgspec import Struct

from evals.lab.debian import cache_folder


class Places(Struct, frozen=True):
    """The folders of one lab. `home` may be deleted whenever its cluster is down.

    Everything else follows from it: `built` is kept between clusters, `cluster` lives as long as one.
    """

    home: Path

    @property
    def built(self) -> Path:
        """Programs and images, one folder for each version."""
        return self.home / "built"

    @property
    def cluster(self) -> Path:
        """What a running cluster writes: its store, its containers, its logs."""
        return self.home / "cluster"

    @property
    def state(self) -> Path:
        """What has to be undone, written before it is done."""
        return self.home / "state.json"

    @property
    def logs(self) -> Path:
        """What the daemons of the last cluster wrote."""
        return self.home / "last-logs"

    @property
    def kubeconfig(self) -> Path:
        """The way to the running cluster, for kubectl and for faultside."""
        return self.home / "kubeconfig"

    @property
    def mark(self) -> str:
        """A short name for what belongs to this lab and lies outside of its folder."""
        return "faultside-lab-" + hashlib.sha256(str(self.home).encode()).hexdigest()[:8]


def places(home: Path | None) -> Places:
    """The lab in a folder, by default the one in the person's cache."""
    return Places((home or cache_folder() / "lab").expanduser().resolve())
