"""Container images without a container tool: a static binary becomes an OCI archive."""

import hashlib
import io
import json
import tarfile
from pathlib import Path

from msgspec import Struct

_MEDIA = "application/vnd.oci.image."


class Image(Struct, frozen=True):
    """An image with one program, which is its entry point.

    Attributes:
        name: With registry and tag, as containerd keeps it.
        program: Its path inside.
        volatile: Folders that the program writes into.
    """

    name: str
    program: str
    volatile: tuple[str, ...] = ("tmp",)


def write_archive(image: Image, binary: Path, out: Path) -> None:
    """Write an archive that `ctr images import`, `docker load` and `kind load image-archive` take.

    The same binary gives the same bytes.
    """
    blobs: dict[str, bytes] = {}

    def blob(kind: str, content: bytes) -> dict[str, object]:
        digest = hashlib.sha256(content).hexdigest()
        blobs[f"blobs/sha256/{digest}"] = content
        return {"mediaType": _MEDIA + kind, "digest": f"sha256:{digest}", "size": len(content)}

    layer = blob("layer.v1.tar", _layer(image, binary))
    config = {
        "architecture": _architecture(),
        "os": "linux",
        "config": {"Entrypoint": [image.program], "Env": ["PATH=/"], "WorkingDir": "/"},
        "rootfs": {"type": "layers", "diff_ids": [layer["digest"]]},
    }
    manifest = blob(
        "manifest.v1+json",
        _json({"schemaVersion": 2, "config": blob("config.v1+json", _json(config)), "layers": [layer]}),
    )
    notes = {
        "io.containerd.image.name": image.name,
        "org.opencontainers.image.ref.name": image.name.rpartition(":")[2],
    }
    index = {"schemaVersion": 2, "manifests": [{**manifest, "annotations": notes}]}
    with tarfile.open(out, "w") as archive:
        _add(archive, "oci-layout", b'{"imageLayoutVersion":"1.0.0"}')
        _add(archive, "index.json", _json(index))
        for name, content in blobs.items():
            _add(archive, name, content)


def _layer(image: Image, binary: Path) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.PAX_FORMAT) as layer:
        for name in image.volatile:
            folder = tarfile.TarInfo(name)
            folder.type, folder.mode = tarfile.DIRTYPE, 0o1777
            layer.addfile(folder)
        _add(layer, image.program.lstrip("/"), binary.read_bytes(), 0o755)
    return made.getvalue()


def _add(archive: tarfile.TarFile, name: str, content: bytes, mode: int = 0o644) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), mode
    archive.addfile(entry, io.BytesIO(content))


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True).encode()


def _architecture() -> str:
    import platform

    return {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
