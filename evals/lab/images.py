"""The images of the lab's cluster and shop: which program each one holds, and under which name."""

import hashlib
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from evals.lab.build import COREDNS, STRIPE_MOCK, Program, app, built, version_of
from evals.lab.image import Image, write_archive

PAUSE = "registry.k8s.io/pause:desk"
COREDNS_IMAGE = f"registry.k8s.io/coredns/coredns:{version_of(COREDNS.folder, 'github.com/coredns/coredns')}"
STATES = "registry.k8s.io/kube-state-metrics/kube-state-metrics:desk"
STRIPE = f"docker.io/stripe/stripe-mock:{version_of(STRIPE_MOCK.folder, 'github.com/stripe/stripe-mock')}"

CLUSTER: Mapping[str, Program] = {PAUSE: app("pause"), COREDNS_IMAGE: COREDNS, STATES: app("states")}
SHOP: Mapping[str, Program] = {
    "docker.io/library/sock-shop-payment-gateway:v2": app("payment"),
    "docker.io/library/sock-shop-orders:v2": app("orders"),
    "docker.io/library/sock-shop-customers:v1": app("customers"),
    "docker.io/stripe/edge:v1": app("vendor"),
    STRIPE: STRIPE_MOCK,
}


def archives(images: Mapping[str, Program], cache: Path, tell: Callable[[str], None]) -> list[Path]:
    """OCI archives of these images, made if they were not yet.

    Raises:
        InputError: a program can't be built here.
    """
    return [_archive(name, program, cache, tell) for name, program in images.items()]


def write_archives(images: Mapping[str, Program], cache: Path, out: Path, tell: Callable[[str], None]) -> list[Path]:
    """The same, copied into a folder under the names of their programs.

    Raises:
        InputError: a program can't be built here.
    """
    out.mkdir(parents=True, exist_ok=True)
    made = archives(images, cache, tell)
    places = [out / f"{program.name}.tar" for program in images.values()]
    for source, place in zip(made, places, strict=True):
        shutil.copyfile(source, place)
    return places


def _archive(name: str, program: Program, cache: Path, tell: Callable[[str], None]) -> Path:
    binary = built(program, cache, tell)
    place = binary.with_name(f"image-{hashlib.sha256(name.encode()).hexdigest()[:8]}.tar")
    if not place.exists():
        scratch = place.with_suffix(".new")
        write_archive(Image(name, f"/{program.name}"), binary, scratch)
        scratch.rename(place)
    return place
