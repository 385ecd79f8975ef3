"""What one investigation may cost, and the one place where that is enforced."""

import time
from threading import Lock

from msgspec import Struct


class Budget(Struct, frozen=True):
    """Bounds of one investigation by a model.

    Attributes:
        model_calls: Requests to a model that were answered, the last, forced one included.
        tool_calls: Questions that the model may ask.
        tokens: In and out together, as the endpoint reports them.
        seconds: From the first request on; then nobody is waited for any more.
        money: In the currency of the prices; None for no bound.
    """

    model_calls: int = 8
    tool_calls: int = 16
    tokens: int = 60_000
    seconds: float = 120.0
    money: float | None = None


class Prices(Struct, frozen=True):
    """What a million tokens cost, as the person says: endpoints don't tell, and lists go stale."""

    tokens_in: float = 0.0
    tokens_out: float = 0.0


class OutOfBudget(Exception):  # noqa: N818 - an end, no error
    """Nothing more may be asked; the text says which bound was reached."""


class Meter:
    """Counts what an investigation costs, and says stop."""

    def __init__(self, budget: Budget = Budget(), prices: Prices = Prices()) -> None:  # noqa: B008 - frozen
        """The clock starts now."""
        self.budget, self.prices = budget, prices
        self.model_calls = self.tool_calls = self.tokens_in = self.tokens_out = 0
        self._started = time.monotonic()
        self._lock = Lock()

    @property
    def tokens(self) -> int:
        """In and out together."""
        return self.tokens_in + self.tokens_out

    @property
    def cost(self) -> float:
        """Money spent so far."""
        return (self.tokens_in * self.prices.tokens_in + self.tokens_out * self.prices.tokens_out) / 1e6

    @property
    def seconds(self) -> float:
        """Time spent so far."""
        return time.monotonic() - self._started

    @property
    def seconds_left(self) -> float:
        """Time that is left, 0 at least."""
        return max(0.0, self.budget.seconds - self.seconds)

    def before_model(self, *, kept: int = 0) -> None:
        """To be called before each request to a model; `kept` requests are held back for later.

        Raises:
            OutOfBudget: it may not be sent.
        """
        if self.seconds_left <= 0:
            raise OutOfBudget(f"{self.budget.seconds:g} seconds")
        if self.tokens >= self.budget.tokens:
            raise OutOfBudget(f"{self.budget.tokens} tokens")
        if self.budget.money is not None and self.cost >= self.budget.money:
            raise OutOfBudget(f"a cost of {self.budget.money:g}")
        if self.model_calls >= self.budget.model_calls - kept:
            raise OutOfBudget(f"{self.budget.model_calls} model calls")

    def after_model(self, tokens_in: int, tokens_out: int) -> None:
        """To be called with the usage of each answer."""
        with self._lock:
            self.model_calls += 1
            self.tokens_in += tokens_in
            self.tokens_out += tokens_out

    def before_tool(self) -> None:
        """To be called before each question, from any thread.

        Raises:
            OutOfBudget: it may not be asked.
        """
        with self._lock:
            if self.tool_calls >= self.budget.tool_calls:
                raise OutOfBudget(f"{self.budget.tool_calls} tool calls")
            self.tool_calls += 1
