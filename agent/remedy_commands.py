"""What each remediation action means for one component: title, command, risk and undo.

Commands are proposals with the component's own names in them; none is ever run by us. A command is left out where
the right value is not in evidence, rather than filled with a guess.
"""

import json

from agent.failure_modes import has
from agent.remedy_names import Remedy
from agent.remedy_outside import OutsideRemedies
from tools.amounts import amounts_in, amounts_text
from tools.changes import SCALED, Change
from tools.redact import MASK


class Commands(OutsideRemedies):
    """Makes remedies for one finding; one method per action of the closed list."""

    def scale_up(self) -> Remedy:
        """More replicas."""
        if not self.workload:
            return Remedy("Bring more replicas up", None, "low", None, self.component)
        now = self.replicas or 0
        wanted = self._replicas_before() if now == 0 else now + max(1, now // 2)
        return Remedy(
            f"Scale to {wanted}",
            self.of("scale", f"--replicas={wanted}"),
            "low",
            self.of("scale", f"--replicas={now}"),
            self.workload,
        )

    def _replicas_before(self) -> int:
        """How many there were before zero, as the last event tells; else one."""
        for event in reversed(self.scene.snapshot.events_of(self.workload or "")):
            match = SCALED.match(event.text)
            if match and match["way"] == "down":
                return int(match["from1"] or match["from2"] or 1)
        return 1

    def restart(self) -> Remedy:
        """Restart it."""
        return Remedy("Restart it", self.of("rollout restart"), "medium", None, self.workload or self.component)

    def rollback(self) -> Remedy:
        """Go back a revision."""
        return Remedy(
            "Go back to the revision before",
            self.of("rollout undo"),
            "medium",
            self.of("rollout undo") and f"{self.of('rollout undo')} (once more returns to the newer revision)",
            self.workload or self.component,
        )

    def fix_config(self) -> Remedy:
        """Put a setting right."""
        change = self.changed("env ")
        if change and change.before and not change.before.startswith(("secret ", "configmap ")):
            return self._set_env("Put the setting back", change)
        what = (
            f"Correct the configuration ({self.finding.detail})" if self.finding.detail else "Correct the configuration"
        )
        return Remedy(what, self.of("edit"), "medium", self.of("rollout undo"), self.workload or self.component)

    def fix_address(self) -> Remedy:
        """Put an address right."""
        change = self.changed("env ", "args", "command")
        if change and change.field.startswith("env ") and change.before:
            return self._set_env("Put the address back", change)
        return Remedy("Correct the address", self.of("edit"), "medium", self.of("rollout undo"), self.component)

    def _set_env(self, title: str, change: Change) -> Remedy:
        name = change.field.removeprefix("env ")
        after = f"{name}={change.after}" if change.after is not None else f"{name}-"
        if MASK in f"{change.before}{change.after}":
            # A masked value can't be put back by a command.
            return Remedy(f"{title}: {name}", None, "medium", self.of("rollout undo"), self.workload)
        return Remedy(
            f"{title}: {name}",
            self.of("set env", f"{name}={change.before}"),
            "medium",
            self.of("set env", after),
            self.workload,
        )

    def fix_selector(self) -> Remedy:
        """Let the Service find its pods."""
        labels = self.scene.snapshot.labels_of(self.workload) if self.workload else {}
        stable = {key: value for key, value in labels.items() if "hash" not in key and "revision" not in key}
        service = self.scene.snapshot.services.get((self.component.split("/")[0], self.component.rpartition("/")[2]))
        # A merge keeps what it does not name; null takes a label away.
        wrong = dict.fromkeys(set(service.spec.selector) - set(stable)) if service else {}
        patch = json.dumps({"spec": {"selector": {**stable, **wrong}}}) if stable else None
        command = f"kubectl patch {self.object} --type merge -p '{patch}'" if patch else None
        return Remedy("Make the selector match the pods' labels", command, "low", self.edit_back(), self.component)

    def fix_port(self) -> Remedy:
        """Let the Service reach the port that is listened on."""
        return Remedy(
            "Point the port at the one that is listened on", self.edit(), "low", self.edit_back(), self.component
        )

    def fix_probe(self) -> Remedy:
        """Put the probe right."""
        return Remedy("Correct the probe", self.of("edit"), "low", self.of("rollout undo"), self.workload)

    def fix_network_policy(self) -> Remedy:
        """Let the edge through."""
        if "/networkpolicy/" not in self.component:
            return Remedy("See which policy or firewall blocks it, and allow it", None, "medium", None, self.component)
        return Remedy("Allow the blocked edge in the policy", self.edit(), "medium", self.edit_back(), self.component)

    def fix_dns(self) -> Remedy:
        """Bring cluster DNS back."""
        if self.replicas == 0:
            remedy = self.scale_up()
            return Remedy(f"Bring cluster DNS back: {remedy.title}", remedy.command, "low", remedy.undo, self.workload)
        return Remedy(
            "Bring cluster DNS back", self.of("rollout restart"), "medium", None, self.workload or self.component
        )

    def rotate_credentials(self) -> Remedy:
        """Give it credentials that are accepted."""
        return Remedy("Put valid credentials in place and restart the caller", None, "medium", None, self.component)

    def renew_certificate(self) -> Remedy:
        """Renew it."""
        return Remedy("Renew the certificate", None, "medium", None, self.component)

    def raise_limit(self) -> Remedy:
        """Give it more."""
        change = self.changed("limits")
        before, after = (amounts_in(change.before), amounts_in(change.after)) if change else ({}, {})
        if change is None or not before:
            command = self.of("edit")
            undo = self.of("rollout undo") if command else None
            return Remedy("Raise the limit", command, "low", undo, self.workload or self.component)
        container = f"--containers={change.container}"
        return Remedy(
            f"Put the limit back to {amounts_text(before)}",
            self.of("set resources", container, _limits(before)),
            "low",
            self.of("set resources", container, _limits(after)) if after else self.of("rollout undo"),
            self.workload,
        )

    def add_capacity(self) -> Remedy:
        """More of what is short."""
        if self.workload and has(self.finding.condition, "horizontal") and not self.keeps_state:
            remedy = self.scale_up()
            return Remedy(f"Add capacity: {remedy.title}", remedy.command, "low", remedy.undo, self.workload)
        return Remedy("Add capacity", None, "medium", None, self.component)

    def fix_autoscaler(self) -> Remedy:
        """Let the autoscaler see what is short."""
        title = "Let the autoscaler follow a metric that shows the load, and give it room"
        return Remedy(title, None, "low", None, self.component)

    def free_storage(self) -> Remedy:
        """Make room."""
        return Remedy("Free storage, or grow it", None, "medium", None, self.component)

    def restore_consumer(self) -> Remedy:
        """Bring the consumer back."""
        remedy = self.scale_up()
        command = remedy.command if self.replicas == 0 else None
        return Remedy(
            "Bring the consumer back", command, "low", remedy.undo if command else None, self.workload or self.component
        )

    def fix_image(self) -> Remedy:
        """Name an image that exists and may be pulled."""
        change = self.changed("image")
        if change and change.before:
            return Remedy(
                f"Go back to the image {change.before}",
                self.of("set image", f"{change.container}={change.before}"),
                "low",
                self.of("set image", f"{change.container}={change.after}"),
                self.workload,
            )
        return Remedy(
            "Name an image that exists and may be pulled",
            self.of("edit"),
            "low",
            self.of("rollout undo"),
            self.workload,
        )

    def fix_scheduling(self) -> Remedy:
        """Let a node take the pod."""
        return Remedy(
            "Change what the pod asks of its node", self.of("edit"), "low", self.of("rollout undo"), self.workload
        )

    def repair_node(self) -> Remedy:
        """Mend the machine."""
        return Remedy("Look at the node and mend or replace it", None, "medium", None, self.component)

    def fix_code(self) -> Remedy:
        """Mend the program."""
        return Remedy("Mend the program", None, "low", None, self.workload or self.component)

    def run_migration(self) -> Remedy:
        """Bring the schema to what the program expects."""
        return Remedy("Run the missing migration", None, "high", "the migration's own down step", self.component)

    def tune_database(self) -> Remedy:
        """Mend the database's settings or queries."""
        return Remedy("Mend the database's settings, indexes or connections", None, "medium", None, self.component)


def _limits(amounts: dict[str, str]) -> str:
    return "--limits=" + ",".join(f"{name}={amount}" for name, amount in amounts.items())
