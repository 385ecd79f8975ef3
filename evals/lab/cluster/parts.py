"""What a cluster is made of: one binary of Kubernetes, Debian's packages, images; built or fetched once."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from evals.lab.build import app, built, kubernetes, kubernetes_version
from evals.lab.cluster.places import Places
from evals.lab.cluster.room import Furniture
from evals.lab.cluster.state import is_root
from evals.lab.debian import Unpacked, unpacked
from evals.lab.images import CLUSTER, SHOP, archives
from tools.errors import InputError

PACKAGES = (
    "containerd",
    "runc",
    "containernetworking-plugins",
    "iptables",
    "nftables",
    "conntrack",
    "prometheus",
    "prometheus-alertmanager",
)
_NAMES = (
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kube-proxy",
    "kubelet",
    "kubectl",
)
_TABLES = ("iptables", "iptables-save", "iptables-restore", "ip6tables", "ip6tables-save", "ip6tables-restore")
_IN_PLACE = ("usr/share/prometheus", "usr/lib/*-linux-gnu/xtables")
"""Alertmanager's templates and iptables' extensions: looked for in one place, or in one with a short name."""
_WANTED = ("unshare", "nsenter", "ip", "mount", "openssl")


class Parts(Struct, frozen=True):
    """Everything on disk.

    Attributes:
        programs: A folder with the cluster's programs under their own names.
        images: OCI archives.
    """

    programs: Path
    debian: Unpacked
    init: Path
    door: Path
    registry: Path
    images: list[Path]

    def furniture(self) -> Furniture:
        """What the daemons need around them to find one another, and their own files."""
        found = self.debian.environment({"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"})
        folders = [folder for name in _IN_PLACE for folder in self.debian.root.glob(name)]
        places = {f"/{folder.relative_to(self.debian.root)}": folder for folder in folders}
        return Furniture({**found, "PATH": f"{self.programs}:{found['PATH']}"}, places)

    def versions(self) -> dict[str, str]:
        """What runs, for the report."""
        shown = ("containerd", "runc", "prometheus", "prometheus-alertmanager")
        return {"kubernetes": kubernetes_version(), **{name: self.debian.versions[name] for name in shown}}


def check_machine() -> None:
    """Whether a cluster can be made here at all.

    Raises:
        InputError: it can't; with what is missing.
    """
    if not Path("/proc/self/ns/pid").exists():
        raise InputError("cluster up", None, "needs Linux; use --context NAME with a cluster that you have")
    if not is_root():
        raise InputError("cluster up", None, "needs root; or use --context NAME with a cluster that you have")
    missing = [name for name in _WANTED if shutil.which(name) is None]
    if missing:
        raise InputError("cluster up", None, f"needs {', '.join(missing)} (util-linux, iproute2, openssl)")


def prepare(places: Places, tell: Callable[[str], None]) -> Parts:
    """Build and fetch what is not there yet.

    Raises:
        InputError: something can't be had here.
    """
    binary = built(kubernetes(), places.built, tell)
    debian = unpacked(*PACKAGES, cache=places.home)
    return Parts(
        programs=_links(binary, debian),
        debian=debian,
        init=built(app("pause"), places.built, tell),
        door=built(app("door"), places.built, tell),
        registry=built(app("registry"), places.built, tell),
        images=archives({**CLUSTER, **SHOP}, places.built, tell),
    )


def _links(binary: Path, debian: Unpacked) -> Path:
    """The binary under the names that it answers to, and iptables, whose names Debian makes at installation."""
    folder = binary.parent / "bin"
    folder.mkdir(exist_ok=True)
    wanted = dict.fromkeys(_NAMES, binary) | dict.fromkeys(_TABLES, debian.program("xtables-nft-multi"))
    for name, target in wanted.items():
        link, way = folder / name, os.path.relpath(target, folder)  # the lab's folder may be moved, or seen elsewhere
        if not link.is_symlink() or str(link.readlink()) != way:
            link.unlink(missing_ok=True)
            link.symlink_to(way)
    return folder
