"""How many replicas workloads want and have."""

from tools.evidence import Evidence
from tools.questions.question import Toolbox


def replica_counts(toolbox: Toolbox, namespace: str, workload: str = "") -> Evidence:
    """Desired, ready and available replicas of a namespace's workloads, or of one."""
    rows = {
        component: {
            "desired": one.spec.replicas,
            "ready": one.status.ready_replicas,
            "available": one.status.available_replicas,
        }
        for component, one in sorted(toolbox.snapshot.workloads.items())
        if component.startswith(f"{namespace}/") and component.endswith(f"/{workload}" if workload else "")
    }
    lines = [f"{name}: {row['available']} of {row['desired']} available" for name, row in rows.items()]
    return Evidence(
        id="/".join(part for part in ("replica_counts", namespace, workload) if part),
        source="kubernetes",
        query=f"kubectl get deployments,statefulsets,daemonsets -n {namespace}",
        window=toolbox.snapshot.window,
        observed_at=toolbox.snapshot.now,
        status="ok" if rows else "empty",
        text="\n".join(lines),
        value=rows,
    )
