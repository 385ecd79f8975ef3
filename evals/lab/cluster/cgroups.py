"""The control group below which a cluster's containers live."""

import time
from collections.abc import Iterator
from pathlib import Path

_ROOT = Path("/sys/fs/cgroup")
_CPUS = ("cpuset.cpus", "cpuset.mems")


def make_group(name: str) -> None:
    """Make it in every hierarchy; a kubelet wants it to be there."""
    for hierarchy in _hierarchies():
        group = hierarchy / name
        group.mkdir(exist_ok=True)
        for setting in _CPUS:  # version 1 starts with none, and then nothing may run there
            if (hierarchy / setting).exists() and (group / setting).exists():
                (group / setting).write_text((hierarchy / setting).read_text(encoding="utf-8"), encoding="utf-8")


def remove_group(name: str) -> list[Path]:
    """Remove it with all below; what is still in use after some seconds."""
    left: list[Path] = []
    for _ in range(50):
        left = [group for hierarchy in _hierarchies() for group in _below(hierarchy / name) if not _removed(group)]
        if not left:
            return []
        time.sleep(0.1)
    return left


def _hierarchies() -> list[Path]:
    if (_ROOT / "cgroup.controllers").exists():
        return [_ROOT]
    return sorted(path for path in _ROOT.iterdir() if path.is_dir() and not path.is_symlink())


def _below(group: Path) -> Iterator[Path]:
    """Deepest first."""
    if group.is_dir():
        for child in sorted(group.iterdir()):
            if child.is_dir():
                yield from _below(child)
        yield group


def _removed(group: Path) -> bool:
    try:
        group.rmdir()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True
