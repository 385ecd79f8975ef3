"""When a component of a diagnosis is the one that a label names. Free words never match."""

from collections.abc import Iterable, Sequence

from agent.diagnosis import Diagnosis


def same_component(named: str, component: str) -> bool:
    """Whether a label's word names a component (or one name of it).

    `namespace/name` fits that namespace and name whatever the kind, `node/NAME` the node; a full
    `namespace/kind/name`, a host or a provider fits itself. Case never matters.
    """
    wanted, actual = (tuple(text.strip().casefold().split("/")) for text in (named, component))
    if wanted == actual:
        return True
    if len(wanted) != 2:
        return False
    return len(actual) == 3 and (actual[0::2] == wanted or (actual[0] == "-" and actual[1:] == wanted))


def any_same(named: Iterable[str], components: Sequence[str]) -> bool:
    """Whether any of a label's words names any of the components."""
    return any(same_component(word, component) for word in named for component in components)


def action_fits(wanted: str, action: str, components: Sequence[str]) -> bool:
    """Whether `action` or `action@component` fits a step; `components` are the names of what the step acts on."""
    name, at, component = wanted.partition("@")
    return name == action and (not at or any_same([component], components))


def names_of(component: str | None, diagnosis: Diagnosis) -> tuple[str, ...]:
    """A component with the other names that the diagnosis gives it."""
    if component is None:
        return ()
    names = [component]
    for cause in (*diagnosis.causes, *diagnosis.ruled_out):
        if cause.component == component:
            names.extend(cause.names)
    return tuple(dict.fromkeys(names))
