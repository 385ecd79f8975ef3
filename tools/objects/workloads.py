"""Controllers that make pods."""

from datetime import datetime

from tools.objects.meta import Condition, LabelSelector, Meta, ObjectReference, TrackedMeta, Wire
from tools.objects.pods import PodTemplate


class WorkloadSpec(Wire, frozen=True):
    """Shared by Deployment, StatefulSet and DaemonSet; a DaemonSet has no `replicas`."""

    replicas: int | None = None
    selector: LabelSelector | None = None
    template: PodTemplate = PodTemplate()
    paused: bool = False
    progress_deadline_seconds: int = 600
    service_name: str = ""


class WorkloadStatus(Wire, frozen=True):
    """Counts; the DaemonSet's own names are folded in by `Workload`."""

    replicas: int = 0
    ready_replicas: int = 0
    available_replicas: int = 0
    updated_replicas: int = 0
    unavailable_replicas: int = 0
    observed_generation: int = 0
    conditions: list[Condition] = []
    desired_number_scheduled: int = 0
    number_ready: int = 0
    number_available: int = 0
    current_revision: str = ""
    update_revision: str = ""


class Workload(Wire, frozen=True):
    """A Deployment, StatefulSet or DaemonSet; `kind` is set by the decoder."""

    metadata: TrackedMeta
    kind: str = ""
    spec: WorkloadSpec = WorkloadSpec()
    status: WorkloadStatus = WorkloadStatus()

    @property
    def desired(self) -> int:
        """Replicas asked for; the API's default of 1 where the field is missing."""
        if self.kind == "DaemonSet":
            return self.status.desired_number_scheduled
        return 1 if self.spec.replicas is None else self.spec.replicas

    @property
    def ready(self) -> int:
        """Ready replicas."""
        return self.status.number_ready if self.kind == "DaemonSet" else self.status.ready_replicas

    @property
    def available(self) -> int:
        """Available replicas; older StatefulSets report none, so ready ones stand in."""
        if self.kind == "DaemonSet":
            return self.status.number_available
        if self.kind == "StatefulSet":
            return self.status.available_replicas or self.status.ready_replicas
        return self.status.available_replicas


class ReplicaSet(Wire, frozen=True):
    """One revision of a Deployment; the revision number is an annotation."""

    metadata: Meta
    spec: WorkloadSpec = WorkloadSpec()
    status: WorkloadStatus = WorkloadStatus()

    @property
    def revision(self) -> int:
        """The Deployment's revision number, 0 where the annotation is missing or odd."""
        text = self.metadata.annotations.get("deployment.kubernetes.io/revision", "")
        return int(text) if text.isdecimal() else 0


class JobSpec(Wire, frozen=True):
    """What a Job wants."""

    completions: int | None = None
    backoff_limit: int | None = None
    suspend: bool = False
    template: PodTemplate = PodTemplate()


class JobStatus(Wire, frozen=True):
    """What a Job did."""

    active: int = 0
    succeeded: int = 0
    failed: int = 0
    start_time: datetime | None = None
    completion_time: datetime | None = None
    conditions: list[Condition] = []


class Job(Wire, frozen=True):
    """A Job."""

    metadata: Meta
    spec: JobSpec = JobSpec()
    status: JobStatus = JobStatus()


class CronJobSpec(Wire, frozen=True):
    """When a CronJob runs."""

    schedule: str = ""
    suspend: bool = False


class CronJob(Wire, frozen=True):
    """A CronJob."""

    metadata: TrackedMeta
    spec: CronJobSpec = CronJobSpec()


class MetricTarget(Wire, frozen=True):
    """The value that an autoscaler steers to."""

    type: str = ""
    average_utilization: int | None = None


class ResourceMetric(Wire, frozen=True):
    """A CPU or memory metric of an autoscaler."""

    name: str = ""
    target: MetricTarget = MetricTarget()


class MetricSpec(Wire, frozen=True):
    """One metric of an autoscaler."""

    type: str = ""
    resource: ResourceMetric | None = None


class CurrentValue(Wire, frozen=True):
    """What an autoscaler measured."""

    average_utilization: int | None = None


class CurrentResource(Wire, frozen=True):
    """A measured CPU or memory metric."""

    name: str = ""
    current: CurrentValue = CurrentValue()


class CurrentMetric(Wire, frozen=True):
    """One measured metric."""

    type: str = ""
    resource: CurrentResource | None = None


class AutoscalerSpec(Wire, frozen=True):
    """What an autoscaler may do."""

    scale_target_ref: ObjectReference = ObjectReference()
    min_replicas: int | None = None
    max_replicas: int = 0
    metrics: list[MetricSpec] = []


class AutoscalerStatus(Wire, frozen=True):
    """What an autoscaler sees and wants."""

    current_replicas: int = 0
    desired_replicas: int = 0
    last_scale_time: datetime | None = None
    current_metrics: list[CurrentMetric] = []
    conditions: list[Condition] = []


class Autoscaler(Wire, frozen=True):
    """A HorizontalPodAutoscaler, autoscaling/v2."""

    metadata: TrackedMeta
    spec: AutoscalerSpec = AutoscalerSpec()
    status: AutoscalerStatus = AutoscalerStatus()
