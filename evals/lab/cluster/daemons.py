"""The command lines of a cluster's daemons."""

from pathlib import Path
from string import Template

from msgspec import Struct

from evals.lab.cluster.keys import NODE, SECOND, Keys
from evals.lab.cluster.parts import Parts
from evals.lab.cluster.places import Places
from evals.lab.cluster.room import AGENTS, NODE_ADDRESS, RUNTIMES, SECOND_ADDRESS, SERVICES

DNS_ADDRESS = "10.96.0.10"
STATES_ADDRESS = "10.96.0.20"
REGISTRY = "127.0.0.1:5000"
_SETTINGS = Path(__file__).parent / "settings"
_ETCD = "http://127.0.0.1:2379"
_BUSY = ("--kube-api-qps=300", "--kube-api-burst=600")
"""With their defaults of 20 and 30 a thousand pods take minutes."""


class Node(Struct, frozen=True):
    """A node: a container runtime, and an agent that calls itself by `name`.

    Attributes:
        owner: Whose keys its agent has.
        folder: Where its runtime keeps images and containers.
        group: The control group of its containers; no two agents may share one.
        health: The loopback port on which its agent tells how it is.
    """

    name: str
    address: str
    owner: str
    folder: Path
    group: str
    health: int

    @property
    def root(self) -> Path:
        """Its agent's folder, as the room sees it."""
        return AGENTS / self.name

    @property
    def socket(self) -> Path:
        """Where its runtime listens, as the room sees it."""
        return RUNTIMES / f"{self.name}.sock"


def first_node(places: Places) -> Node:
    """The one that every cluster has."""
    return Node(NODE, NODE_ADDRESS, "kubelet", places.cluster, places.mark, 10248)


def second_node(places: Places) -> Node:
    """One more on the same network, so that pods of both reach one another without a route."""
    folder, group = places.cluster / "second", f"{places.mark}/second"
    return Node(SECOND, SECOND_ADDRESS, "kubelet-2", folder, group, 10258)


class Plan(Struct, frozen=True):
    """What the command lines depend on."""

    places: Places
    parts: Parts
    keys: Keys
    pause: str
    node: Node

    def setting(self, name: str, **more: str) -> Path:
        """Write one of the setting files with this cluster's values; where it lies."""
        text = Template((_SETTINGS / name).read_text(encoding="utf-8"))
        plugins = str(self.parts.debian.program("bridge").parent)
        place = self.node.folder / name
        place.write_text(
            text.substitute(
                cluster=self.places.cluster,
                folder=self.node.folder,
                root=self.node.root,
                socket=self.node.socket,
                keys=self.keys.folder,
                owner=self.node.owner,
                group=self.node.group,
                plugins=plugins,
                pause=self.pause,
                address=self.node.address,
                node=self.node.name,
                health=str(self.node.health),
                dns=DNS_ADDRESS,
                states=STATES_ADDRESS,
                **more,
            ),
            encoding="utf-8",
        )
        return place


def etcd(plan: Plan) -> list[str]:
    """The store; what is in it may be lost, so it never waits for the disk."""
    peers = "http://127.0.0.1:2380"
    return [
        "etcd",
        f"--data-dir={plan.places.cluster / 'etcd'}",
        "--unsafe-no-fsync",
        f"--listen-client-urls={_ETCD}",
        f"--advertise-client-urls={_ETCD}",
        f"--listen-peer-urls={peers}",
        f"--initial-advertise-peer-urls={peers}",
        f"--initial-cluster=default={peers}",
        "--log-level=warn",
    ]


def apiserver(plan: Plan) -> list[str]:
    """The API server."""
    keys = plan.keys
    return [
        "kube-apiserver",
        f"--etcd-servers={_ETCD}",
        f"--service-cluster-ip-range={SERVICES}",
        "--bind-address=0.0.0.0",
        f"--advertise-address={NODE_ADDRESS}",
        "--allow-privileged",
        "--event-ttl=3h",
        "--profiling=false",
        f"--client-ca-file={keys.certificate('ca')}",
        f"--tls-cert-file={keys.certificate('apiserver')}",
        f"--tls-private-key-file={keys.key('apiserver')}",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
        f"--service-account-key-file={keys.key('accounts')}",
        f"--service-account-signing-key-file={keys.key('accounts')}",
        f"--kubelet-client-certificate={keys.certificate('apiserver-kubelet')}",
        f"--kubelet-client-key={keys.key('apiserver-kubelet')}",
        f"--kubelet-certificate-authority={keys.certificate('ca')}",
        "--kubelet-preferred-address-types=InternalIP",
        f"--requestheader-client-ca-file={keys.certificate('ca')}",
        "--requestheader-allowed-names=front-proxy-client",
        "--requestheader-username-headers=X-Remote-User",
        "--requestheader-group-headers=X-Remote-Group",
        "--requestheader-extra-headers-prefix=X-Remote-Extra-",
        f"--proxy-client-cert-file={keys.certificate('front-proxy')}",
        f"--proxy-client-key-file={keys.key('front-proxy')}",
    ]


def controllers(plan: Plan) -> list[str]:
    """The controllers. Started before the API server has made its roles, they leave with `forbidden`."""
    keys = plan.keys
    return [
        "kube-controller-manager",
        *_as(plan, "controllers"),
        *_BUSY,
        "--use-service-account-credentials",
        f"--service-account-private-key-file={keys.key('accounts')}",
        f"--root-ca-file={keys.certificate('ca')}",
        f"--cluster-signing-cert-file={keys.certificate('ca')}",
        f"--cluster-signing-key-file={keys.key('ca')}",
        "--allocate-node-cidrs=false",
        "--node-monitor-grace-period=20s",
        "--node-monitor-period=2s",
    ]


def scheduler(plan: Plan) -> list[str]:
    """The scheduler."""
    return ["kube-scheduler", *_as(plan, "scheduler"), *_BUSY]


def _as(plan: Plan, name: str) -> list[str]:
    """What every controller wants to know; with one of each nobody has to be elected."""
    kubeconfig = plan.keys.kubeconfig(name)
    flags = ("kubeconfig", "authentication-kubeconfig", "authorization-kubeconfig")
    return [*(f"--{flag}={kubeconfig}" for flag in flags), "--leader-elect=false", "--bind-address=127.0.0.1"]


def containerd(plan: Plan) -> list[str]:
    """The container runtime."""
    return ["containerd", f"--config={plan.setting('containerd.toml')}"]


def kubelet(plan: Plan) -> list[str]:
    """The node's agent. It is told the socket twice: cAdvisor would look for it in the usual place."""
    node = plan.node
    return [
        "kubelet",
        f"--config={plan.setting('kubelet.yaml')}",
        f"--kubeconfig={plan.keys.kubeconfig(node.owner)}",
        f"--root-dir={node.root}",
        f"--cert-dir={node.root / 'pki'}",
        f"--hostname-override={node.name}",
        f"--node-ip={node.address}",
        f"--containerd={node.socket}",
    ]


def proxy(plan: Plan) -> list[str]:
    """The Services' way to their pods."""
    return ["kube-proxy", f"--config={plan.setting('kube-proxy.yaml')}"]


def prometheus(plan: Plan) -> list[str]:
    """The metric store, with the rules beside its settings."""
    plan.setting("rules.yaml")
    return [
        "prometheus",
        f"--config.file={plan.setting('prometheus.yaml')}",
        f"--storage.tsdb.path={plan.places.cluster / 'samples'}",
        "--web.listen-address=127.0.0.1:9090",
    ]


def alertmanager(plan: Plan) -> list[str]:
    """Nobody is told of alerts; who wants to know asks it."""
    return [
        "prometheus-alertmanager",
        f"--config.file={plan.setting('alertmanager.yaml')}",
        f"--storage.path={plan.places.cluster / 'silences'}",
        "--web.listen-address=127.0.0.1:9093",
        "--cluster.listen-address=",
    ]


def registry(plan: Plan) -> list[str]:
    """A registry that has nothing: pulls fail as they do against a real one."""
    return [str(plan.parts.registry), REGISTRY]
