"""What a diagnosis decides, to compare it with that of the same incident from another kind of source."""

from agent.diagnosis import Diagnosis


def decided(found: Diagnosis) -> dict[str, object]:
    """Everything that is decided; queries and ids of evidence differ by design."""
    return {
        "verdict": (found.verdict, found.status, found.component, found.failure_mode, found.confidence),
        "causes": [(one.component, one.failure_mode, one.side, one.path, one.since) for one in found.causes],
        "claims": [(claim.text, claim.verified) for one in found.causes for claim in one.claims],
        "remediation": [(one.action, one.component, one.command) for one in found.remediation],
        "ruled out": [(one.component, one.failure_mode) for one in found.ruled_out],
        "gaps": [(one.evidence, one.status, one.error) for one in found.gaps],
    }
