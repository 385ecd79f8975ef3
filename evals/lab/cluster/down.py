"""Undo everything that a cluster did to this machine, whether it ended well or not."""

import shutil

from evals.lab.cluster.cgroups import remove_group
from evals.lab.cluster.mount_points import alone, remove_unused
from evals.lab.cluster.places import Places
from evals.lab.cluster.room import close_room
from evals.lab.cluster.state import read_state
from tools.errors import InputError


def take_down(places: Places) -> bool:
    """Stop the cluster and remove what it left; False when there was nothing.

    Raises:
        InputError: something could not be removed; the next call tries again.
    """
    state = read_state(places.state)
    if state is None:
        return False
    if state.room is not None:
        close_room(state.room)
    left = remove_group(state.cgroup)
    with alone():
        remove_unused(reversed(state.made))
    _keep_logs(places)
    shutil.rmtree(places.cluster, ignore_errors=True)
    if places.cluster.exists():
        left.append(places.cluster)
    if left:
        raise InputError(str(left[0]), None, "could not be removed; `faultside-lab cluster down` tries again")
    places.kubeconfig.unlink(missing_ok=True)
    places.state.unlink()
    return True


def _keep_logs(places: Places) -> None:
    """The daemons' logs stay until the next cluster has gone: they tell why one did not come up."""
    if (places.cluster / "logs").is_dir():
        shutil.rmtree(places.logs, ignore_errors=True)
        (places.cluster / "logs").rename(places.logs)
