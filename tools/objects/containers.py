"""Containers as a pod spec asks for them: image, settings, ports, probes, resources."""

from tools.objects.meta import Wire


class KeyReference(Wire, frozen=True):
    """A key of a ConfigMap or a Secret that a container wants."""

    name: str = ""
    key: str = ""
    optional: bool | None = None


class EnvSource(Wire, frozen=True):
    """Where an environment value comes from when it is not written out."""

    config_map_key_ref: KeyReference | None = None
    secret_key_ref: KeyReference | None = None


class EnvVar(Wire, frozen=True):
    """One environment variable."""

    name: str
    value: str = ""
    value_from: EnvSource | None = None


class NamedReference(Wire, frozen=True):
    """A reference by name only."""

    name: str = ""
    optional: bool | None = None


class EnvFrom(Wire, frozen=True):
    """A whole ConfigMap or Secret taken into the environment."""

    config_map_ref: NamedReference | None = None
    secret_ref: NamedReference | None = None


class ContainerPort(Wire, frozen=True):
    """A declared port; informational only, the program may listen elsewhere."""

    container_port: int
    name: str = ""
    protocol: str = "TCP"


class HttpAction(Wire, frozen=True):
    """An HTTP probe."""

    path: str = "/"
    port: int | str = 0
    scheme: str = "HTTP"


class PortAction(Wire, frozen=True):
    """A TCP or gRPC probe."""

    port: int | str = 0


class ExecAction(Wire, frozen=True):
    """A command probe."""

    command: list[str] = []


class Probe(Wire, frozen=True):
    """A liveness, readiness or startup probe; times in seconds, with the API's defaults."""

    http_get: HttpAction | None = None
    tcp_socket: PortAction | None = None
    grpc: PortAction | None = None
    exec: ExecAction | None = None
    initial_delay_seconds: int = 0
    period_seconds: int = 10
    timeout_seconds: int = 1
    failure_threshold: int = 3


Quantity = str | int | float


class Resources(Wire, frozen=True):
    """Requests and limits by resource name, in the API's quantity notation."""

    requests: dict[str, Quantity] = {}
    limits: dict[str, Quantity] = {}


class VolumeMount(Wire, frozen=True):
    """Where a volume appears in a container."""

    name: str
    mount_path: str = ""
    read_only: bool | None = None


class Container(Wire, frozen=True):
    """One container of a pod spec."""

    name: str
    image: str = ""
    image_pull_policy: str = ""
    command: list[str] = []
    args: list[str] = []
    env: list[EnvVar] = []
    env_from: list[EnvFrom] = []
    ports: list[ContainerPort] = []
    resources: Resources = Resources()
    liveness_probe: Probe | None = None
    readiness_probe: Probe | None = None
    startup_probe: Probe | None = None
    volume_mounts: list[VolumeMount] = []
