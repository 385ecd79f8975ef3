"""Faults between pods: Services, policies, addresses, DNS and vendors."""

from collections.abc import Callable
from dataclasses import replace

from evals.benchmarks.estate.fault import SINCE, Fault, Scene, internal
from evals.benchmarks.estate.team import AT, NAME
from evals.benchmarks.estate.traffic import Break
from evals.benchmarks.estate.unrest import END
from evals.generator.kit import Part, fields, later, managed
from evals.generator.kit_changes import roll_out, set_env
from evals.generator.kit_objects import network_policy
from evals.generator.kit_pods import crash_loop
from evals.generator.kit_run import Label


def selector_mismatch(scene: Scene) -> Fault:
    """Somebody edited a Service's selector."""
    word, place = scene.callee, scene.team.place
    found = place.get("Service", word)
    found["spec"]["selector"] = {NAME: word, "track": "stable"}
    place.touch(found, managed("kubectl-edit", SINCE, fields("spec/selector"), api="v1"))
    place.sync(SINCE)
    label = internal(f"{scene.team.namespace}/{word}", "selector_mismatch", "The selector matches no pod.")
    return Fault((Break("*", word, "refused"),), label)


def target_port_mismatch(scene: Scene) -> Fault:
    """Somebody edited a Service's target port."""
    word, place = scene.callee, scene.team.place
    found = place.get("Service", word)
    found["spec"]["ports"][0]["targetPort"] = 9099
    place.touch(found, managed("helm", SINCE, fields("spec/ports"), api="v1"))
    place.sync(SINCE)
    label = internal(f"{scene.team.namespace}/{word}", "target_port_mismatch", "The pods listen on 8080.")
    return Fault((Break("*", word, "refused"),), label)


def network_policy_blocks(scene: Scene) -> Fault:
    """A new policy lets only monitoring in."""
    word = scene.callee
    peers = [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}]
    spec = {"podSelector": {"matchLabels": {NAME: word}}, "policyTypes": ["Ingress"], "ingress": [{"from": peers}]}
    scene.team.place.put(network_policy(f"restrict-{word}", scene.team.namespace, SINCE, spec))
    names = (f"{scene.team.namespace}/{word}",)
    label = internal(
        f"{scene.team.namespace}/restrict-{word}",
        "network_policy_blocks",
        "The policy shuts callers out.",
        components=names,
    )
    return Fault((Break("*", word, "connect_timeout"),), label)


def wrong_address(scene: Scene) -> Fault:
    """A rollout of a caller misspells its callee."""
    team = scene.team
    hop = team.hops[team.web, team.first]
    wrong = hop.url.replace(f"//{team.first}:", f"//{team.first}-srv:")
    key = f"{team.first.replace('-', '_').upper()}_URL"
    roll_out(team.place, team.web, lambda template: set_env(template, key, wrong), SINCE)
    changed = replace(hop, url=wrong)
    team.hops[team.web, team.first] = changed
    team.routes = [[changed if one is hop else one for one in route] for route in team.routes]
    label = internal(
        f"{team.namespace}/{team.web}", "wrong_address", "The setting names a host that is not there.", "bad_rollout"
    )
    return Fault((Break(team.web, team.first, "no_such_host"),), label)


def cluster_dns_down(scene: Scene) -> Fault:
    """The cluster's DNS pods crash-loop."""
    for pod in scene.system.pods("coredns"):
        crash_loop(scene.system, pod, later(AT, -8), later(END, -100), 7, reason="Error", exit_code=1)
        line = "/etc/coredns/Corefile:11 - Error during parsing: Unknown directive 'forwad'"
        for previous in (False, True):
            scene.logs.add(
                f"kube-system/{pod['metadata']['name']}", "coredns", later(END, -100), line, previous=previous
            )
    names = ("kube-system/kube-dns",)
    label = internal(
        "kube-system/coredns", "cluster_dns_down", "CoreDNS crash-loops.", "crash_loop", "bad_config", components=names
    )
    return Fault((Break("*", "*", "dns_down"),), label)


def vendor(mode: str, *modes: str, **broken: Part) -> Callable[[Scene], Fault]:
    """Only calls to the vendor fail, as `broken` says."""

    def act(scene: Scene) -> Fault:
        host = scene.team.vendor
        also = {"failure_modes": modes}
        label = Label("external", host, mode, (), (), "Only calls to the vendor fail.", also, unscored=("remediation",))
        return Fault((Break("*", host, **broken),), label)

    return act
