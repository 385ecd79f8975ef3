"""How traffic finds pods: Services, endpoint slices, ingresses, network policies."""

from msgspec.structs import force_setattr

from tools.objects.meta import LabelSelector, Meta, ObjectReference, TrackedMeta, Wire


class ServicePort(Wire, frozen=True):
    """One port of a Service; a missing `targetPort` means the port itself."""

    port: int
    name: str = ""
    protocol: str = "TCP"
    target_port: int | str | None = None
    app_protocol: str | None = None

    @property
    def target(self) -> int | str:
        """Where the traffic goes in the pod: a number or a container port's name."""
        return self.port if self.target_port is None else self.target_port


class ServiceSpec(Wire, frozen=True):
    """What a Service selects."""

    type: str = "ClusterIP"
    selector: dict[str, str] = {}
    cluster_ip: str = ""
    ports: list[ServicePort] = []
    external_name: str = ""

    def __post_init__(self) -> None:
        """Treat a headless Service's `None` address as no address."""
        if self.cluster_ip == "None":
            force_setattr(self, "cluster_ip", "")


class Service(Wire, frozen=True):
    """A Service."""

    metadata: TrackedMeta
    spec: ServiceSpec = ServiceSpec()


class EndpointConditions(Wire, frozen=True):
    """A missing `ready` means ready, as the API says."""

    ready: bool | None = None
    serving: bool | None = None
    terminating: bool | None = None


class Endpoint(Wire, frozen=True):
    """One backend."""

    addresses: list[str] = []
    conditions: EndpointConditions = EndpointConditions()
    target_ref: ObjectReference | None = None

    @property
    def ready(self) -> bool:
        """Whether traffic goes there."""
        return self.conditions.ready is not False


class EndpointPort(Wire, frozen=True):
    """The resolved port of a slice."""

    port: int | None = None
    name: str = ""
    protocol: str = "TCP"


class EndpointSlice(Wire, frozen=True):
    """Backends of one Service; without pods both lists are null on a real server."""

    metadata: Meta
    endpoints: list[Endpoint] = []
    ports: list[EndpointPort] = []

    @property
    def service(self) -> str:
        """The Service's name, from the label that the controller sets."""
        return self.metadata.labels.get("kubernetes.io/service-name", "")


class LegacyAddress(Wire, frozen=True):
    """An address of a v1 Endpoints object."""

    ip: str
    target_ref: ObjectReference | None = None


class LegacySubset(Wire, frozen=True):
    """A subset of a v1 Endpoints object."""

    addresses: list[LegacyAddress] = []
    not_ready_addresses: list[LegacyAddress] = []
    ports: list[EndpointPort] = []


class Endpoints(Wire, frozen=True):
    """The v1 form, still what many people dump."""

    metadata: Meta
    subsets: list[LegacySubset] = []


class BackendPort(Wire, frozen=True):
    """A Service port by number or name."""

    number: int | None = None
    name: str = ""


class BackendService(Wire, frozen=True):
    """The Service behind an Ingress path."""

    name: str = ""
    port: BackendPort = BackendPort()


class IngressBackend(Wire, frozen=True):
    """Where an Ingress path leads."""

    service: BackendService | None = None


class IngressPath(Wire, frozen=True):
    """One path of an Ingress rule."""

    path: str = "/"
    backend: IngressBackend = IngressBackend()


class IngressPaths(Wire, frozen=True):
    """The paths of a rule."""

    paths: list[IngressPath] = []


class IngressRule(Wire, frozen=True):
    """One host of an Ingress."""

    host: str = ""
    http: IngressPaths | None = None


class IngressSpec(Wire, frozen=True):
    """The rules."""

    rules: list[IngressRule] = []
    default_backend: IngressBackend | None = None
    ingress_class_name: str = ""


class Ingress(Wire, frozen=True):
    """An Ingress."""

    metadata: TrackedMeta
    spec: IngressSpec = IngressSpec()


class PolicyPort(Wire, frozen=True):
    """A port that a policy rule allows; none means every port."""

    port: int | str | None = None
    protocol: str = "TCP"
    end_port: int | None = None


class AddressBlock(Wire, frozen=True, rename={"without": "except"}):
    """Addresses that a policy rule allows; `except` is a Python keyword, hence the other name."""

    cidr: str
    without: list[str] = []


class PolicyPeer(Wire, frozen=True):
    """Who a policy rule allows; an empty selector means all pods of the namespace."""

    pod_selector: LabelSelector | None = None
    namespace_selector: LabelSelector | None = None
    ip_block: AddressBlock | None = None


class IngressRuleOfPolicy(Wire, frozen=True, rename={"peers": "from"}):
    """An ingress rule; no peers means everyone."""

    peers: list[PolicyPeer] = []
    ports: list[PolicyPort] = []


class EgressRuleOfPolicy(Wire, frozen=True, rename={"peers": "to"}):
    """An egress rule; no peers means everywhere."""

    peers: list[PolicyPeer] = []
    ports: list[PolicyPort] = []


class NetworkPolicySpec(Wire, frozen=True):
    """Whom the policy selects and what it lets through."""

    pod_selector: LabelSelector = LabelSelector()
    policy_types: list[str] = []
    ingress: list[IngressRuleOfPolicy] = []
    egress: list[EgressRuleOfPolicy] = []


class NetworkPolicy(Wire, frozen=True):
    """A NetworkPolicy."""

    metadata: TrackedMeta
    spec: NetworkPolicySpec = NetworkPolicySpec()
