"""What each remediation action means for one component: title, command, risk and undo.

Commands are proposals with the component's own names in them; none is ever run by us. A command is left out where
the right value is not in evidence, rather than filled with a guess.
"""

import json

from agent.remedy_names import Names, Remedy
from tools.changes import SCALED, Change


class Commands(Names):
    """Makes remedies for one finding; one method per action of the closed list."""

    def look(self) -> Remedy:
        """Look again before anything is changed."""
        where = self.object or "-A"
        verb = "describe" if self.object else "get pods"
        return Remedy("See that it still is so", f"kubectl {verb} {where}", "none", None, self.component)

    def check_vendor_status(self) -> Remedy:
        """Read the vendor's own status page."""
        status = self.owner.provider.status if self.owner.provider else None
        command = f"curl -sS {status.url}" if status and status.url else None
        return Remedy(f"Read the status page of {self.owner.name}", command, "none", None, None, "on-call")

    def contact_vendor(self) -> Remedy:
        """Tell the vendor."""
        contact = self.owner.provider.contact if self.owner.provider else ""
        title = contact or f"Open a ticket with {self.owner.name}; the text is at the end of this diagnosis"
        return Remedy(title, None, "none", None, None, "on-call")

    def failover(self) -> Remedy:
        """Use another way."""
        fallback = self.owner.provider.fallback if self.owner.provider else ""
        title = f"Fail over: {fallback}" if fallback else "Fail over to another provider or replica, if there is one"
        return Remedy(title, None, "medium", "switch back once calls to it work again", self.component)

    def circuit_break(self) -> Remedy:
        """Stop waiting for it."""
        title = "Fail fast: open the callers' circuit breaker or feature switch for this dependency"
        return Remedy(title, None, "low", "close it once calls work again", self._caller())

    def queue_and_retry(self) -> Remedy:
        """Keep the work for later."""
        title = "Queue what can wait and retry later with backoff; reconcile what failed in between"
        return Remedy(title, None, "low", "drain the queue", self._caller())

    def notify_users(self) -> Remedy:
        """Say so."""
        return Remedy("Tell users what does not work", None, "none")

    def _caller(self) -> str | None:
        edge = self.finding.on_edge
        callers = [one.caller for one in self.scene.graph.callers_of(self.component) if one.hits]
        return edge[0] if edge else next(iter(callers), None)

    def scale_up(self) -> Remedy:
        """More replicas."""
        if not self.workload:
            return Remedy("Bring more replicas up", None, "low", None, self.component)
        now = self.scene.snapshot.workloads[self.workload].desired
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
        return Remedy("Restart it", self.of("rollout restart"), "medium", self.of("rollout undo"), self.workload)

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
        patch = json.dumps({"spec": {"selector": stable}}) if stable else None
        command = f"kubectl patch {self.object} --type merge -p '{patch}'" if patch else None
        return Remedy("Make the selector match the pods' labels", command, "low", self._edit_back(), self.component)

    def fix_port(self) -> Remedy:
        """Let the Service reach the port that is listened on."""
        return Remedy(
            "Point the port at the one that is listened on", self._edit(), "low", self._edit_back(), self.component
        )

    def _edit(self) -> str | None:
        return f"kubectl edit {self.object}" if self.object else None

    def _edit_back(self) -> str | None:
        return f"kubectl get {self.object} -o yaml before the change, apply it again to undo" if self.object else None

    def fix_probe(self) -> Remedy:
        """Put the probe right."""
        return Remedy("Correct the probe", self.of("edit"), "low", self.of("rollout undo"), self.workload)

    def fix_network_policy(self) -> Remedy:
        """Let the edge through."""
        return Remedy("Allow the blocked edge in the policy", self._edit(), "medium", self._edit_back(), self.component)

    def fix_dns(self) -> Remedy:
        """Bring cluster DNS back."""
        if self.workload and self.scene.snapshot.workloads[self.workload].desired == 0:
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
        title = f"Raise the limit (it was {change.before} before)" if change and change.before else "Raise the limit"
        return Remedy(
            title,
            self.of("set resources", "--limits=…") and self.of("edit"),
            "low",
            self.of("rollout undo"),
            self.workload or self.component,
        )

    def reduce_load(self) -> Remedy:
        """Send it less."""
        return Remedy("Shed or slow down the load", None, "medium", None, self.component)

    def add_capacity(self) -> Remedy:
        """More of what is short."""
        if self.workload and self.finding.condition in {"overload", "probe_killed_under_load", "cpu_throttled"}:
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
        command = (
            remedy.command if self.workload and self.scene.snapshot.workloads[self.workload].desired == 0 else None
        )
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

    def raise_quota(self) -> Remedy:
        """Raise the quota."""
        return Remedy("Raise the quota, or ask for less", None, "low", None, self.component)

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

    def reduce_own_rate(self) -> Remedy:
        """Call less often."""
        return Remedy("Call less often: cache, batch, back off", None, "low", None, self.component)
