"""Pods: what was asked for (spec, shared with every workload's template) and what runs (status)."""

from datetime import datetime

from tools.objects.containers import Container, NamedReference
from tools.objects.meta import Condition, Meta, Wire


class SecretVolume(Wire, frozen=True):
    """A Secret mounted as files."""

    secret_name: str = ""
    optional: bool | None = None


class ClaimVolume(Wire, frozen=True):
    """A PersistentVolumeClaim mounted into the pod."""

    claim_name: str = ""


class Volume(Wire, frozen=True):
    """One volume of a pod."""

    name: str
    config_map: NamedReference | None = None
    secret: SecretVolume | None = None
    persistent_volume_claim: ClaimVolume | None = None


class Toleration(Wire, frozen=True):
    """A taint that the pod puts up with."""

    key: str = ""
    operator: str = "Equal"
    value: str = ""
    effect: str = ""


class DnsConfig(Wire, frozen=True):
    """Settings of a pod's resolver beside or instead of the cluster's."""

    nameservers: list[str] = []
    searches: list[str] = []


class PodSpec(Wire, frozen=True):
    """What a pod asks for."""

    containers: list[Container] = []
    init_containers: list[Container] = []
    volumes: list[Volume] = []
    node_name: str = ""
    node_selector: dict[str, str] = {}
    affinity: dict[str, object] | None = None
    tolerations: list[Toleration] = []
    service_account_name: str = ""
    image_pull_secrets: list[NamedReference] = []
    host_network: bool = False
    restart_policy: str = ""
    scheduler_name: str = ""
    dns_policy: str = ""
    dns_config: DnsConfig | None = None

    def container(self, name: str) -> Container | None:
        """The container or init container called `name`."""
        return next((one for one in (*self.containers, *self.init_containers) if one.name == name), None)


class Running(Wire, frozen=True):
    """A running container."""

    started_at: datetime | None = None


class Waiting(Wire, frozen=True):
    """A container that does not run yet, with the kubelet's reason."""

    reason: str = ""
    message: str = ""


class Terminated(Wire, frozen=True):
    """A container that ended; a table of pods tells when, and no exit code."""

    exit_code: int | None = None
    reason: str = ""
    message: str = ""
    signal: int = 0
    started_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def how(self) -> str:
        """` with exit code 3`, or nothing where that is not known."""
        return "" if self.exit_code is None else f" with exit code {self.exit_code}"


class ContainerState(Wire, frozen=True):
    """Exactly one of the three is set."""

    running: Running | None = None
    waiting: Waiting | None = None
    terminated: Terminated | None = None


class ContainerStatus(Wire, frozen=True):
    """What the kubelet says about one container."""

    name: str
    image: str = ""
    ready: bool = False
    restart_count: int = 0
    state: ContainerState = ContainerState()
    last_state: ContainerState = ContainerState()

    @property
    def waiting_reason(self) -> str:
        """Why it waits, or an empty string."""
        return self.state.waiting.reason if self.state.waiting else ""

    @property
    def has_begun(self) -> bool:
        """Whether an instance of it ever ran; before, there is no log to be read."""
        return self.state.waiting is None or self.restart_count > 0 or self.last_state.terminated is not None

    @property
    def last_end(self) -> Terminated | None:
        """How the current or the previous instance ended, the current one first."""
        return self.state.terminated or self.last_state.terminated


class PodStatus(Wire, frozen=True):
    """What runs."""

    phase: str = ""
    reason: str = ""
    message: str = ""
    pod_ip: str = ""
    host_ip: str = ""
    start_time: datetime | None = None
    conditions: list[Condition] = []
    container_statuses: list[ContainerStatus] = []
    init_container_statuses: list[ContainerStatus] = []


class Pod(Wire, frozen=True):
    """A pod."""

    metadata: Meta
    spec: PodSpec = PodSpec()
    status: PodStatus = PodStatus()

    @property
    def ready(self) -> bool:
        """Whether the Ready condition is True (False when the condition is missing)."""
        return any(one.type == "Ready" and one.status == "True" for one in self.status.conditions)

    @property
    def statuses(self) -> list[ContainerStatus]:
        """Init containers first, as they start."""
        return [*self.status.init_container_statuses, *self.status.container_statuses]


class PodTemplate(Wire, frozen=True):
    """The pod that a workload makes."""

    metadata: "TemplateMeta | None" = None
    spec: PodSpec = PodSpec()


class TemplateMeta(Wire, frozen=True):
    """Template metadata has no name."""

    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
