"""The shop: its manifests, and whether its customers are served."""

import re
from pathlib import Path
from string import Template
from tempfile import TemporaryDirectory

from evals.lab.build import app, built
from evals.lab.commands import run
from evals.lab.experiment.target import Target, check_namespace
from evals.lab.images import STRIPE
from evals.lab.kubectl import wait_until

_MANIFESTS = Path(__file__).parent.parent / "shop"
_SERVED = re.compile(r"^(\S+) .* 201 \(", re.MULTILINE)
_SECURED = "gateway-tls"
_ENOUGH = 3


def stage(target: Target, names: tuple[str, ...]) -> None:
    """Set the shop up anew in the lab's namespace, and wait until its customers are served.

    Raises:
        InputError: the namespace is somebody else's, or the shop does not work in time.
    """
    if check_namespace(target):
        target.kubectl("delete", "namespace", target.namespace, "--timeout=120s", seconds=130)
    target.kubectl.apply(_manifest("namespace", target))
    if _SECURED in names:
        _give_keys(target)
    for name in names:
        target("apply", "-f", "-", given=_manifest(name, target))
    target("wait", "--for=condition=Available", "deployment", "--all", "--timeout=150s", seconds=160)
    wait_until(lambda: served(target, 8) >= _ENOUGH, "customers are served", 60, 0.5)


def _give_keys(target: Target) -> None:
    """Certificates for the gateway, and the authority for whoever calls it."""
    program = built(app("vendor"), target.built, lambda _: None)
    with TemporaryDirectory() as folder:
        run([program, "keys", folder, "stripe-mock"])
        target("create", "configmap", "trust", f"--from-file={folder}/ca.crt")
        pairs = [f"--from-file={folder}/{name}.{end}" for name in ("current", "previous") for end in ("crt", "key")]
        target("create", "secret", "generic", "stripe-tls", *pairs)


def clear(target: Target) -> None:
    """Remove the shop."""
    if check_namespace(target):
        target.kubectl("delete", "namespace", target.namespace, "--wait=false")


def served(target: Target, seconds: int) -> int:
    """How many orders went through in the last seconds, 0 if the last one did not."""
    lines = target("logs", "deployment/customers", f"--since={seconds}s", "--timestamps").splitlines()
    if not lines or not _SERVED.match(lines[-1]):
        return 0
    return sum(1 for line in lines if _SERVED.match(line))


def _manifest(name: str, target: Target) -> str:
    text = Template((_MANIFESTS / f"{name}.yaml").read_text(encoding="utf-8"))
    return text.substitute(namespace=target.namespace, stripe=STRIPE)
