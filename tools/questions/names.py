"""What an asker names, found in what was read; what is not there is told with its nearest neighbours."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from itertools import accumulate

from tools.errors import ToolError
from tools.objects.capacity import Namespace
from tools.plain_text import plain
from tools.questions.toolbox import Toolbox

_LISTED = 12
_LINE = 240
_ALL = frozenset({"", "*", "all"})


def namespace_in(toolbox: Toolbox, name: str) -> str:
    """A namespace that was read.

    Raises:
        ToolError: there is none of that name.
    """
    known = namespaces(toolbox)
    sought = name.strip().lower()
    if sought not in known:
        gap = toolbox.snapshot.gap_about("Pod")
        if gap is not None and not known:
            raise ToolError(f"nothing of the cluster could be read: {plain(gap.error, 240)}")
        unread = f"; not all was read: {plain(gap.error, 160)}" if gap is not None else ""
        raise ToolError(f"there is no namespace {_quoted(name)} in what was read; {nearest(sought, known)}{unread}")
    return sought


def namespaces(toolbox: Toolbox) -> list[str]:
    """Every namespace that something was read of."""
    snapshot = toolbox.snapshot
    return sorted(
        {
            *(one.metadata.name for one in snapshot.all("Namespace", Namespace)),
            *(one.partition("/")[0] for one in snapshot.components),
            *(namespace for namespace, _ in snapshot.services),
            *(ref.namespace for ref, _ in toolbox.all_logs()),
        }
        - {""}
    )


def component_in(toolbox: Toolbox, namespace: str, name: str) -> str:
    """The component id of a workload that was read, by its name, `kind/name`, its id, a pod's or a Service's name.

    Raises:
        ToolError: there is none of that name, or there are several.
    """
    sought = name.strip().lower().removeprefix(f"{namespace}/")
    known = components(toolbox, namespace)
    found = [one for one in known if sought in {one.split("/", 2)[2], one.split("/", 1)[1]}]
    found = found or _behind(toolbox, namespace, sought)
    if len(found) == 1:
        return found[0]
    if found:
        raise ToolError(f"{_quoted(name)} is several: {', '.join(one.split('/', 1)[1] for one in found)}; name one")
    elsewhere = [one.partition("/")[0] for one in toolbox.snapshot.components if one.split("/", 2)[2] == sought]
    if elsewhere:
        raise ToolError(f"{_quoted(name)} is not in {namespace}, but in {', '.join(elsewhere[:_LISTED])}")
    names = sorted({one.split("/", 2)[2] for one in known})
    raise ToolError(f"there is no workload {_quoted(name)} in {namespace}; {nearest(sought, names)}")


def means_all(name: str) -> bool:
    """Whether a name is nobody's in particular."""
    return name.strip().lower() in _ALL


def some_component_in(toolbox: Toolbox, namespace: str, name: str) -> str:
    """As `component_in`, or an empty string where no single one is meant.

    Raises:
        ToolError: one is meant that is not there.
    """
    return "" if means_all(name) else component_in(toolbox, namespace, name)


def components(toolbox: Toolbox, namespace: str) -> list[str]:
    """Components of a namespace, those included of which only logs are left."""
    snapshot = toolbox.snapshot
    logged = {
        snapshot.component_of_pod_name(ref.namespace, ref.pod)
        for ref, _ in toolbox.all_logs()
        if ref.namespace == namespace
    }
    return sorted({*logged, *(one for one in snapshot.components if one.startswith(f"{namespace}/"))})


def nearest(sought: str, known: Iterable[str]) -> str:
    """Which names would work, the most similar first."""
    names = sorted(set(known))
    if not names:
        return "none is known"
    near = get_close_matches(sought[:80].lower(), names, n=3, cutoff=0.5)
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    there = f"there are {', '.join(plain(one, 64) for one in names[:_LISTED])}{more}"
    return f"did you mean {', '.join(plain(one, 64) for one in near)}? {there}" if near else there


def short(component: str) -> str:
    """A component without its namespace, as `deployment/name`; a host stays."""
    return component.partition("/")[2] if component.count("/") == 2 else component


def listed(components: Mapping[str, object]) -> str:
    """Components by their names, each with what is told of it, as many as fit into a line, and how many more."""
    words = [f"{short(one).rpartition('/')[2]} {said}".rstrip() for one, said in components.items()]
    kept = [one for one, end in zip(words, accumulate(len(one) + 2 for one in words), strict=True) if end <= _LINE]
    return ", ".join(kept) + (f" and {len(words) - len(kept)} more" if len(kept) < len(words) else "")


def _behind(toolbox: Toolbox, namespace: str, name: str) -> list[str]:
    """Components that a pod's or a Service's name leads to."""
    snapshot = toolbox.snapshot
    sought = name.rpartition("/")[2]
    pod = snapshot.pod_by_name.get((namespace, sought))
    if pod is not None:
        return [snapshot.component_of(pod)]
    service = snapshot.services.get((namespace, sought))
    return snapshot.selected_by(service) if service is not None else []


def _quoted(name: str) -> str:
    return repr(plain(name, 60))
