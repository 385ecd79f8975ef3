"""Certificates and kubeconfigs of a cluster that lives for some hours."""

import base64
import json
from pathlib import Path

from msgspec import Struct

from evals.lab.cluster.room import NODE_ADDRESS, SECOND_ADDRESS
from evals.lab.commands import run

NODE, SECOND = "worker-1", "worker-2"
API = f"https://{NODE_ADDRESS}:6443"
_FIRST_SERVICE = "10.96.0.1"
_NEW = ("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30")
_MASTERS = "/O=system:masters"


class _Owner(Struct, frozen=True):
    name: str
    subject: str
    names: str = ""


_NAMES = ",".join(
    [
        *(f"DNS:kubernetes{rest}" for rest in ("", ".default", ".default.svc", ".default.svc.cluster.local")),
        "DNS:localhost",
        *(f"IP:{address}" for address in ("127.0.0.1", NODE_ADDRESS, _FIRST_SERVICE)),
    ]
)
_OWNERS = (
    _Owner("apiserver", "/CN=kube-apiserver", _NAMES),
    _Owner("apiserver-kubelet", f"{_MASTERS}/CN=kube-apiserver-kubelet-client"),
    _Owner("front-proxy", "/CN=front-proxy-client"),
    _Owner("controllers", "/CN=system:kube-controller-manager"),
    _Owner("scheduler", "/CN=system:kube-scheduler"),
    _Owner("proxy", "/CN=system:kube-proxy"),
    _Owner("kubelet", f"/O=system:nodes/CN=system:node:{NODE}", f"DNS:{NODE},IP:{NODE_ADDRESS}"),
    _Owner("kubelet-2", f"/O=system:nodes/CN=system:node:{SECOND}", f"DNS:{SECOND},IP:{SECOND_ADDRESS}"),
    _Owner("prometheus", "/O=monitoring/CN=prometheus"),
    _Owner("admin", f"{_MASTERS}/CN=admin"),
    _Owner("reader", "/O=readers/CN=reader"),
)
"""`reader` may do nothing until a role is bound to it."""


class Keys(Struct, frozen=True):
    """The folder with everybody's certificate (.crt), key (.key) and kubeconfig."""

    folder: Path

    def certificate(self, name: str) -> Path:
        """Somebody's certificate; `ca` signed all of them."""
        return self.folder / f"{name}.crt"

    def key(self, name: str) -> Path:
        """Somebody's private key; `accounts` is the service accounts'."""
        return self.folder / f"{name}.key"

    def kubeconfig(self, name: str) -> Path:
        """A cluster part's way to the API server."""
        return self.folder / f"{name}.kubeconfig"


def make_keys(folder: Path) -> Keys:
    """An authority, and a certificate of it for every part and person."""
    folder.mkdir(mode=0o700, parents=True)
    keys = Keys(folder)
    run(
        [*_NEW, "-subj", "/CN=kubernetes", "-addext", "keyUsage=critical,keyCertSign,cRLSign",
         "-keyout", keys.key("ca"), "-out", keys.certificate("ca")]
    )  # fmt: skip
    for owner in _OWNERS:
        _sign(keys, owner)
        keys.kubeconfig(owner.name).write_text(kubeconfig(keys, owner.name, API), encoding="utf-8")
    run(["openssl", "genrsa", "-out", keys.key("accounts"), "2048"])
    return keys


def kubeconfig(keys: Keys, name: str, server: str, context: str = "desk") -> str:
    """A kubeconfig that needs no other file."""

    def inline(path: Path) -> str:
        return base64.b64encode(path.read_bytes()).decode()

    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": context,
            "clusters": [
                {
                    "name": context,
                    "cluster": {"server": server, "certificate-authority-data": inline(keys.certificate("ca"))},
                }
            ],
            "users": [
                {
                    "name": name,
                    "user": {
                        "client-certificate-data": inline(keys.certificate(name)),
                        "client-key-data": inline(keys.key(name)),
                    },
                }
            ],
            "contexts": [{"name": context, "context": {"cluster": context, "user": name}}],
        },
        indent=1,
    )


def _sign(keys: Keys, owner: _Owner) -> None:
    uses = ["keyUsage=critical,digitalSignature,keyEncipherment", "extendedKeyUsage=serverAuth,clientAuth"]
    if owner.names:
        uses.append(f"subjectAltName={owner.names}")
    run(
        [*_NEW, "-CA", keys.certificate("ca"), "-CAkey", keys.key("ca"), "-subj", owner.subject,
         "-addext", "basicConstraints=critical,CA:FALSE", *(word for use in uses for word in ("-addext", use)),
         "-keyout", keys.key(owner.name), "-out", keys.certificate(owner.name)]
    )  # fmt: skip
