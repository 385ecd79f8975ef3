"""The states of the Sock Shop cluster between October and November 2025: names, addresses, ages.

Facts of the public repository's dump and run reports; the era of late November is made up.
"""

from dataclasses import dataclass, field, replace

BEFORE_RESET = {
    "front-end": "77.47",
    "catalogue": "50.76",
    "user": "57.82",
    "carts": "233.94",
    "orders": "212.118",
    "payment": "100.12",
    "stripe-mock": "196.183",
    "shipping": "47.241",
    "queue-master": "145.147",
    "rabbitmq": "191.196",
    "carts-db": "57.17",
    "orders-db": "222.95",
    "user-db": "30.213",
    "catalogue-db": "117.141",
    "session-db": "51.145",
}
AFTER_RESET = {
    "front-end": "12.193",
    "catalogue": "201.201",
    "user": "229.174",
    "carts": "49.14",
    "orders": "147.9",
    "payment": "204.236",
    "stripe-mock": "145.169",
    "shipping": "154.26",
    "queue-master": "165.155",
    "rabbitmq": "64.36",
    "carts-db": "168.252",
    "orders-db": "150.104",
    "user-db": "22.95",
    "catalogue-db": "71.38",
    "session-db": "83.233",
}


@dataclass(frozen=True)
class Era:
    """One state of the cluster's history. `pods` maps a Deployment to (ReplicaSet hash, pod ending, pod's creation)."""

    created: str
    pods_at: str
    restarted_at: str
    restarts: int
    addresses: dict[str, str]
    kubelet: str
    machine: str
    payment_v2: bool = True
    stripe: bool = True
    confirms: bool = False
    status_fix: bool = True
    pods: dict[str, tuple[str, str, str]] = field(default_factory=dict)


DUMPED = {
    "carts": ("7966bb958c", "nkql2", "2025-10-15T05:09:16Z"),
    "carts-db": ("56f94dc4b5", "mvht2", "2025-10-15T05:09:16Z"),
    "catalogue": ("f4cd6c6f4", "gfqmd", "2025-10-15T08:59:37Z"),
    "orders-db": ("777db47bd9", "pk8jl", "2025-10-15T05:09:17Z"),
    "session-db": ("7d89ddc959", "c8pj5", "2025-10-15T05:09:18Z"),
    "shipping": ("74b58f5b7d", "rxb2p", "2025-10-15T05:09:18Z"),
    "user": ("845c9bb98b", "dw2p7", "2025-10-15T09:03:40Z"),
    "user-db": ("78fb4fd468", "gxhhg", "2025-10-15T05:09:18Z"),
    "orders": ("7f74f9b69c", "k7vh5", "2025-10-28T07:55:15Z"),
}
OCTOBER = Era(
    "2025-10-14T11:10:59Z",
    "2025-10-15T09:08:50Z",
    "2025-10-17T05:12:09Z",
    4,
    BEFORE_RESET,
    "v1.32.0",
    "9c10d30001",
    payment_v2=False,
    stripe=False,
    status_fix=False,
    pods={
        **{k: v for k, v in DUMPED.items() if k != "orders"},
        "front-end": ("5db94cdb6b", "xkxpf", "2025-10-15T09:08:51Z"),
        "payment": ("6bb8fcd48d", "w5tn4", "2025-10-15T09:06:57Z"),
    },
)
LATE_OCTOBER = Era(
    "2025-10-14T11:10:59Z",
    "2025-10-15T09:08:50Z",
    "2025-10-27T04:58:31Z",
    11,
    BEFORE_RESET,
    "v1.32.0",
    "c1f4320001",
    payment_v2=False,
    stripe=False,
    pods={
        **DUMPED,
        "front-end": ("5db94cdb6b", "xkxpf", "2025-10-15T09:08:51Z"),
        "payment": ("6bb8fcd48d", "w5tn4", "2025-10-15T09:06:57Z"),
    },
)
OCTOBER_27 = replace(LATE_OCTOBER, status_fix=False, pods={k: v for k, v in LATE_OCTOBER.pods.items() if k != "orders"})
EARLY_NOVEMBER = Era(
    "2025-10-14T11:10:59Z",
    "2025-10-15T09:08:50Z",
    "2025-11-04T04:41:17Z",
    21,
    BEFORE_RESET,
    "v1.32.0",
    "1a2b320001",
    payment_v2=False,
    stripe=False,
    pods={
        **DUMPED,
        "front-end": ("56b8d85cb9", "7xkq2", "2025-11-04T11:36:44Z"),
        "payment": ("6bb8fcd48d", "w5tn4", "2025-10-15T09:06:57Z"),
    },
)
NOVEMBER_7 = Era(
    "2025-10-14T11:10:59Z",
    "2025-11-06T10:17:43Z",
    "2025-11-07T14:54:51Z",
    1,
    BEFORE_RESET,
    "v1.32.0",
    "143eb60001",
    pods={
        **DUMPED,
        "front-end": ("56bf6b64b7", "fkb6b", "2025-11-07T12:55:40Z"),
        "payment": ("687c9cb7bc", "5ffn2", "2025-11-07T12:41:27Z"),
        "stripe-mock": ("7845fc59c7", "bhsw2", "2025-11-07T11:28:56Z"),
        "rabbitmq": ("f9dc4545b", "b2gfq", "2025-11-06T10:17:43Z"),
    },
)
NOVEMBER_10 = Era(
    "2025-11-09T08:45:02Z",
    "2025-11-09T08:45:04Z",
    "2025-11-10T03:12:40Z",
    1,
    AFTER_RESET,
    "v1.34.0",
    "f489000118",
    payment_v2=False,
    stripe=False,
    confirms=True,
    pods={
        "payment": ("55cb964889", "m8zql", "2025-11-09T08:45:04Z"),
        "queue-master": ("7c58cb7bcf", "vhx5d", "2025-11-09T08:45:04Z"),
    },
)
NOVEMBER_11 = Era(
    "2025-11-09T08:45:02Z",
    "2025-11-09T08:45:04Z",
    "2025-11-11T05:15:46Z",
    1,
    AFTER_RESET,
    "v1.34.0",
    "7d1f9e0001",
    confirms=True,
    pods={
        "payment": ("5fc5fd7f78", "svspw", "2025-11-10T12:25:21Z"),
        "stripe-mock": ("84fd48f97d", "4tkmc", "2025-11-10T12:20:03Z"),
        "queue-master": ("7c58cb7bcf", "2hk8m", "2025-11-10T03:48:02Z"),
    },
)
NOVEMBER_LATE = Era(
    "2025-11-09T08:45:02Z",
    "2025-11-12T07:41:10Z",
    "2025-11-17T04:33:52Z",
    3,
    AFTER_RESET,
    "v1.34.0",
    "5b20a70001",
    confirms=True,
    pods={
        "payment": ("5fc5fd7f78", "d8kzr", "2025-11-12T07:41:12Z"),
        "stripe-mock": ("84fd48f97d", "lx7vn", "2025-11-12T07:41:12Z"),
    },
)
