"""What the environment says: the only reader of it beside the command line's own flags.

A variable that is not set means that the system is not configured; an empty one counts as not set.
"""

from pathlib import Path
from typing import Literal, TypeVar

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from tools.errors import InputError

S = TypeVar("S", bound=BaseSettings)


class PrometheusSettings(BaseSettings):
    """A metric store that speaks Prometheus's HTTP API: `PROMETHEUS_URL`, `PROMETHEUS_TOKEN` and so on.

    Attributes:
        url: Such as `https://prometheus.example:9090`, with a path where the store has one (Mimir, VictoriaMetrics).
        token: For `Authorization: Bearer`.
        username: For basic authentication, with `password`.
        ca_file: Certificates to trust, PEM.
        cert_file: The client's own certificate, PEM, with `key_file`.
        headers: JSON of further headers, such as `{"X-Scope-OrgID": "team"}`.
    """

    model_config = SettingsConfigDict(env_prefix="PROMETHEUS_", env_ignore_empty=True, extra="ignore")

    url: str | None = None
    token: SecretStr | None = None
    username: str | None = None
    password: SecretStr | None = None
    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None
    headers: dict[str, str] = {}


class DatadogSettings(BaseSettings):
    """Datadog, by its own variables: `DD_SITE`, `DD_API_KEY`, `DD_APP_KEY`, or `DD_URL` for another server.

    Attributes:
        proxy: `DD_PROXY_HTTPS`, as its Agent has it.
        scope: `FAULTSIDE_DATADOG_SCOPE`: tags joined by commas that everything must have, such as
            `kube_cluster_name:prod`, where the account sees more than one cluster.
    """

    model_config = SettingsConfigDict(env_prefix="DD_", env_ignore_empty=True, extra="ignore")

    site: str = "datadoghq.com"
    api_key: SecretStr | None = None
    app_key: SecretStr | None = None
    url: str | None = None
    proxy: str | None = Field(None, validation_alias="DD_PROXY_HTTPS")
    scope: str = Field("", validation_alias="FAULTSIDE_DATADOG_SCOPE")


class StatusSettings(BaseSettings):
    """Providers' status feeds: `FAULTSIDE_STATUS_FEEDS`.

    Attributes:
        feeds: Whether they are fetched from the internet; the command line's option is asked first.
        loopback: `FAULTSIDE_STATUS_LOOPBACK`: whether a declared feed may lie on this machine, to try things out.
    """

    model_config = SettingsConfigDict(env_prefix="FAULTSIDE_STATUS_", env_ignore_empty=True, extra="ignore")

    feeds: bool = False
    loopback: bool = False


class ModelSettings(BaseSettings):
    """The model's endpoint: OpenAI's own variables, and ours for what they don't cover.

    Attributes:
        model: A name, or several in the order in which they are tried, joined by commas.
        tool_calls: `native`, `json` for an endpoint without them, or `auto`: JSON where native ones are refused.
        price_in, price_out: What a million tokens cost; without them no cost is known.
    """

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore")

    base_url: str | None = Field(None, validation_alias="OPENAI_BASE_URL")
    api_key: SecretStr | None = Field(None, validation_alias="OPENAI_API_KEY")
    model: str | None = Field(None, validation_alias="FAULTSIDE_MODEL")
    tool_calls: Literal["auto", "native", "json"] = Field("auto", validation_alias="FAULTSIDE_TOOL_CALLS")
    price_in: float | None = Field(None, ge=0, validation_alias="FAULTSIDE_PRICE_IN")
    price_out: float | None = Field(None, ge=0, validation_alias="FAULTSIDE_PRICE_OUT")


class CacheSettings(BaseSettings):
    """Where what was fetched once is kept: `FAULTSIDE_CACHE`, else below the person's own cache folder.

    Attributes:
        own: The folder for this program alone.
        shared: The folder of all programs, as XDG names it.
    """

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore")

    own: Path | None = Field(None, validation_alias="FAULTSIDE_CACHE")
    shared: Path = Field(Path("~/.cache"), validation_alias="XDG_CACHE_HOME")

    @property
    def models(self) -> Path:
        """The folder for models."""
        return (self.own or self.shared / "faultside").expanduser() / "models"


def read(kind: type[S]) -> S:
    """The settings of one kind.

    Raises:
        InputError: a variable holds something else than expected.
    """
    from pydantic_settings import SettingsError

    try:
        return kind()
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(_variable(kind, str(first["loc"][0])), None, first["msg"]) from None
    except SettingsError as error:
        raise InputError("environment", None, str(error)) from None


def _variable(kind: type[BaseSettings], field: str) -> str:
    """A variable's name; a field with an alias is already told by it."""
    return field if field.isupper() else f"{kind.model_config.get('env_prefix', '')}{field}".upper()
