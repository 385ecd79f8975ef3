"""Every number of the cause ranking, in one table; how each failure mode is treated stands with the mode."""

from msgspec import Struct


class Weights(Struct, frozen=True):
    """Every number of the ranking.

    Attributes:
        failing, worked, quiet, unread, declared: How well a hop of the call graph carries a symptom, by what its
            caller's logs say of it.
        late, unknown_time: Factors for a cause that began after its symptom or was over before it, or nobody knows
            when.
        lag: What a cause loses when it began only at the window's end: whoever asks means what began first.
        contradicted: Factor when calls worked while a total condition held.
        asked: Weight of the question itself as a symptom; `near`, `around` and `far` those of symptoms on the asked
            path, in its neighbourhood, and elsewhere; `unready` a factor for pods that only fail to be ready.
        explained: From this share on a cause is said to explain a symptom.
        silent: How well an edge carries a symptom when its caller's calls fail without naming the callee.
        coincident: How well a state in which nothing works carries to nameless trouble that began with it.
        unlinked: How well any cause explains trouble of a component whose callees are unknown.
        unrelated, around_path, unknown_path, downstream, upstream: Factors for a cause elsewhere, in the neighbourhood
            without known calls, where no path is known, on a path whose hops look fine, or on a caller of what was
            asked.
        blamable: The least strength of a cause that others may be victims of.
        sure: From this strength on a state is taken as shown.
        victim: Factor for a soft condition whose own failing callee has a cause.
        base: What a cause is worth before it explains anything.
        least: Below this score a cause is not reported as one.
        margin: Causes on different sides closer than this leave the verdict open.
        repeated: The same for conditions of which only the last occurrence is on record.
        inside: A component's own state is named rather than "does not answer" from this share of its score on.
        tolerance: How much later than its symptom a cause may seem to begin, in seconds.
    """

    failing: float = 0.95
    worked: float = 0.05
    quiet: float = 0.15
    unread: float = 0.6
    asked: float = 0.6
    near: float = 1.0
    around: float = 0.6
    far: float = 0.15
    unready: float = 0.5
    explained: float = 0.25
    silent: float = 0.7
    coincident: float = 0.5
    declared: float = 0.5
    caller_state: float = 0.2
    unlinked: float = 0.24
    late: float = 0.35
    lag: float = 0.05
    unknown_time: float = 0.9
    contradicted: float = 0.2
    unrelated: float = 0.45
    unknown_path: float = 0.85
    around_path: float = 0.7
    downstream: float = 0.85
    upstream: float = 0.6
    victim: float = 0.3
    blamable: float = 0.35
    sure: float = 0.9
    base: float = 0.3
    least: float = 0.2
    margin: float = 0.06
    tolerance: float = 90.0
    repeated: float = 1800.0
    inside: float = 0.5


WEIGHTS = Weights()
