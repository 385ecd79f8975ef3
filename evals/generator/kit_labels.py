"""Labels in short form, and the alerts that ask."""

from datetime import datetime

from evals.generator.kit import Object, Part
from evals.generator.kit_alerts import alertmanager
from evals.generator.kit_run import Label

VENDOR_STEPS = ("contact_vendor", "check_vendor_status", "failover", "circuit_break", "queue_and_retry")


def internal(component: str | None, mode: str, must: tuple[str, ...], why: str, **parts: Part) -> Label:
    """Ours to mend. A component that nothing visible carries is None and unscored."""
    unscored = (() if component else ("component",)) + tuple(parts.get("unscored", ()))
    must_not = tuple(parts.get("must_not", ("contact_vendor",)))
    return Label(
        "internal",
        component,
        mode,
        must,
        must_not,
        why,
        _also(parts),
        tuple(parts.get("mention", ())),
        unscored,
        parts.get("detail"),
    )


def external(component: str, mode: str, why: str, **parts: Part) -> Label:
    """Somebody else's to mend."""
    must, must_not = parts.get("must", VENDOR_STEPS), tuple(parts.get("must_not", ()))
    mention = tuple(parts.get("mention", ()))
    return Label("external", component, mode, must, must_not, why, _also(parts), mention, detail=parts.get("detail"))


def nothing(mode: str, why: str, *modes: str) -> Label:
    """Nothing is broken; `modes` are further right words for what it is."""
    must_not = ("contact_vendor", "rollback", "restart", "scale_up")
    return Label("no_fault", None, mode, ("none_needed",), must_not, why, {"failure_modes": modes})


def alert(at: datetime, name: str, summary: str, **labels: str) -> Object:
    """An Alertmanager body of one alert."""
    named = {"alertname": name, **labels, "severity": labels.get("severity", "critical")}
    return alertmanager(at, named, {"summary": summary}, receiver="platform-oncall")


def _also(parts: Object) -> dict[str, tuple[str, ...]]:
    keys = {"components": "components", "failure_modes": "modes", "verdicts": "verdicts"}
    return {key: tuple(parts.get(name, ())) for key, name in keys.items()}
