"""Remedies that change nothing of the component itself: looking, telling the vendor, doing without it for a while."""

from agent.remedy_names import Names, Remedy


class OutsideRemedies(Names):
    """One method per action of the closed list."""

    def look(self) -> Remedy:
        """Look again before anything is changed: at the object, or at the calls where there is none to look at."""
        caller = self.caller()
        if self.object and not self.is_network:
            return Remedy("See that it still is so", f"kubectl describe {self.object}", "none", None, self.component)
        if caller and caller in self.scene.snapshot.workloads:
            namespace, kind, name = caller.split("/", 2)
            since = f"{self.scene.window.start:%Y-%m-%dT%H:%M:%SZ}"
            command = f"kubectl logs -n {namespace} {kind}/{name} --all-containers --timestamps --since-time={since}"
            return Remedy(f"See that calls of {name} still fail", command, "none", None, caller)
        namespace = self.scene.incident.namespace
        command = f"kubectl get pods {f'-n {namespace}' if namespace else '-A'} -o wide"
        return Remedy("See that it still is so", command, "none", None, self.component)

    def caller(self) -> str | None:
        """Whose calls suffer: of the finding's edge, else among those whom it touches or who call the component."""
        edge = self.finding.on_edge
        calling = [one.caller for one in self.scene.graph.callers_of(self.component) if one.hits]
        touched = [one for one in self.finding.touches if one in self.scene.snapshot.workloads]
        ours = [one for one in (*calling, *touched) if not self.scene.is_telemetry(one)]
        return edge[0] if edge else next(iter(ours), None)

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
        return Remedy(title, None, "low", "close it once calls work again", self.caller())

    def queue_and_retry(self) -> Remedy:
        """Keep the work for later."""
        title = "Queue what can wait and retry later with backoff; reconcile what failed in between"
        return Remedy(title, None, "low", "drain the queue", self.caller())

    def notify_users(self) -> Remedy:
        """Say so."""
        return Remedy("Tell users what does not work", None, "none")

    def reduce_load(self) -> Remedy:
        """Send it less."""
        return Remedy("Shed or slow down the load", None, "medium", None, self.component)

    def reduce_own_rate(self) -> Remedy:
        """Call less often."""
        return Remedy("Call less often: cache, batch, back off", None, "low", None, self.component)

    def raise_quota(self) -> Remedy:
        """Raise the quota."""
        return Remedy("Raise the quota, or ask for less", None, "low", None, self.component)
