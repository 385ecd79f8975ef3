import hashlib
import io
import json
import tarfile
from pathlib import Path

from evals.lab.image import Image, write_archive


def blob(archive: tarfile.TarFile, entry: dict[str, str]) -> bytes:
    found = archive.extractfile("blobs/" + entry["digest"].replace(":", "/"))
    assert found is not None
    content = found.read()
    assert hashlib.sha256(content).hexdigest() == entry["digest"].removeprefix("sha256:")
    return content


def test_a_binary_becomes_an_image_whose_parts_name_one_another(tmp_path: Path) -> None:
    binary = tmp_path / "payment"
    binary.write_bytes(b"\x7fELF and so on")
    write_archive(Image("docker.io/library/shop:v2", "/payment"), binary, tmp_path / "image.tar")
    with tarfile.open(tmp_path / "image.tar") as archive:
        index = archive.extractfile("index.json")
        assert index is not None
        entry = json.load(index)["manifests"][0]
        assert entry["annotations"]["io.containerd.image.name"] == "docker.io/library/shop:v2"
        manifest = json.loads(blob(archive, entry))
        config = json.loads(blob(archive, manifest["config"]))
        layer = blob(archive, manifest["layers"][0])
    assert config["config"]["Entrypoint"] == ["/payment"]
    assert config["rootfs"]["diff_ids"] == [manifest["layers"][0]["digest"]]
    with tarfile.open(fileobj=io.BytesIO(layer)) as files:
        assert {one.name: oct(one.mode) for one in files} == {"tmp": "0o1777", "payment": "0o755"}


def test_the_same_binary_gives_the_same_bytes(tmp_path: Path) -> None:
    binary = tmp_path / "payment"
    binary.write_bytes(b"\x7fELF")
    for name in ("one.tar", "two.tar"):
        write_archive(Image("shop:v2", "/payment"), binary, tmp_path / name)
    assert (tmp_path / "one.tar").read_bytes() == (tmp_path / "two.tar").read_bytes()
