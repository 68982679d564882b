"""The config of one company: a single TOML file, read and validated once, before anything runs.

Secrets are never in it; a source that needs one names the environment variable that holds it.
Every mistake is one sentence with the file, the key, what was found and what was expected.
"""

import re
import tomllib
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    model_validator,
)

from orchestration.channel_rules import ChannelRule
from orchestration.config_mistakes import mistakes, twice
from orchestration.core.errors import ConfigError
from orchestration.core.limits import DuckDbLimits
from orchestration.core.project import DEMO_CONFIG as DEMO_CONFIG
from orchestration.days_off import regions
from orchestration.sources.ads.google_ads.config import GoogleAdsSource
from orchestration.sources.ads.meta.config import MetaSource
from orchestration.sources.ads.yandex_direct.config import YandexDirectSource
from orchestration.sources.base import time_zones
from orchestration.sources.calls.aircall.config import AircallSource
from orchestration.sources.calls.mango.config import MangoSource
from orchestration.sources.calls.twilio.config import TwilioSource
from orchestration.sources.calls.uis.config import UisSource
from orchestration.sources.crm.amocrm.config import AmocrmSource
from orchestration.sources.crm.bitrix24.config import Bitrix24Source
from orchestration.sources.crm.hubspot.config import HubspotSource
from orchestration.sources.currencies import Currency
from orchestration.sources.demo.config import DemoSource
from orchestration.sources.files.config import FilesSource
from orchestration.sources.marks import MarkKind, is_mark
from orchestration.sources.sql_database.config import SqlSource


def _known_zone(name: str) -> str:
    if name not in time_zones():
        raise ValueError(f"`{name}` is not an IANA time zone, expected one like Europe/Moscow")
    return name


def _time_of_day(clock: str) -> str:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d|24:00", clock):
        raise ValueError(f"`{clock}` is not a time of day, expected one like 09:00")
    return clock


class _Section(BaseModel):
    """A section of the config: an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DaysPerSegment(_Section):
    """A number of days for each client segment.

    `b2c`: for people, and for clients of unknown segment. `b2b`: for companies.
    """

    b2c: int = Field(gt=0)
    b2b: int = Field(gt=0)


class Attribution(_Section):
    """How the money of a won deal is divided between the touches before it.

    `default_model`: the attribution model that the other marts use.
    `window_from`: the end of the window: `lead`, the creation of the lead (of the deal, if it has
    no lead), whose own touch always counts; or `win`, the win.
    `window_days`: the length of the window; earlier touches do not count.
    `decay_half_life_days`: after this many days the model time_decay halves the credit of a touch.
    """

    default_model: Literal[
        "first_touch",
        "last_touch",
        "last_non_direct",
        "linear",
        "position_based",
        "time_decay",
        "markov",
    ] = "last_non_direct"
    window_from: Literal["lead", "win"] = "lead"
    window_days: DaysPerSegment = DaysPerSegment(b2c=30, b2b=90)
    decay_half_life_days: DaysPerSegment = DaysPerSegment(b2c=7, b2b=30)


Percent = Annotated[Decimal, Field(ge=0, lt=100, decimal_places=2)]
TimeOfDay = Annotated[str, AfterValidator(_time_of_day)]


class WorkingHours(_Section):
    """The hours of every working day in which leads are called; `HH:MM` in the business zone.

    `opens`: the start. `closes`: the end, at most 24:00; a night shift that ends on the next day is
    not supported.
    """

    opens: TimeOfDay = "09:00"
    closes: TimeOfDay = "18:00"

    @model_validator(mode="after")
    def _is_open(self) -> "WorkingHours":
        if self.closes <= self.opens:
            raise ValueError(f"closes at {self.closes}, expected later than {self.opens}")
        return self


class TestPurchases(_Section):
    """Whose orders are tests: the warehouse keeps them with `is_test`, and no mart counts them.

    `phones`, `emails`: of clients, in any spelling, or `sha256:` and the hash of the normal form
    (+79991234567, lower case). `client_ids`: of the web analytics. `utm_campaigns`: marks that only
    test purchases have; such a mark tests one order, the others test everything of a client.
    """

    phones: tuple[str, ...] = Field(default=(), repr=False)
    emails: tuple[str, ...] = Field(default=(), repr=False)
    client_ids: tuple[str, ...] = Field(default=(), repr=False)
    utm_campaigns: tuple[str, ...] = ()

    @property
    def marks(self) -> dict[MarkKind, tuple[str, ...]]:
        """The marks by kind."""
        return {
            "phone": self.phones,
            "email": self.emails,
            "client_id": self.client_ids,
            "utm_campaign": self.utm_campaigns,
        }


class Business(_Section):
    """The company.

    `name`: the name; a home belongs to one company.
    `time_zone`: the zone of its days.
    `base_currency`: the currency of all `_base` amounts, ISO 4217.
    `country`: ISO 3166-1 alpha-2; sets the calendar of working days and the format of phones.
    `region`: a part of the country with public holidays of its own: BY of DE-BY in ISO 3166-2.
    `working_hours`: the part of a working day that counts for response times.
    `as_of`: the day for which the night is computed; default: yesterday in `time_zone`.
    `vat_percent`: VAT rates by their first day; default: not known.
    `spend_basis`: whether the marts count ad spend with or without VAT, if a source says which.
    `maturity_days`: how many days after its last day a cohort of deals or leads is mature.
    `attribution`: how the money of a won deal is divided between touches.
    `channel_rules`: rules of the company, used before the shipped ones; the first match counts.
    `test_purchases`: whose orders are tests.
    `docs_url`: where the company serves the docs site; tables in the Dagster UI link to it.
    """

    name: str = Field(pattern=r"\S")
    time_zone: Annotated[str, AfterValidator(_known_zone)]
    base_currency: Currency
    country: str = Field(default="RU", pattern="^[A-Z]{2}$")
    region: str | None = None
    as_of: date | None = None
    working_hours: WorkingHours = WorkingHours()
    vat_percent: dict[date, Percent] = {}
    spend_basis: Literal["vat_excluded", "vat_included", "as_delivered"] = "vat_excluded"
    maturity_days: DaysPerSegment = DaysPerSegment(b2c=30, b2b=90)
    attribution: Attribution = Attribution()
    channel_rules: tuple[ChannelRule, ...] = ()
    test_purchases: TestPurchases = TestPurchases()
    docs_url: str | None = Field(default=None, pattern="^https?://[^/]")

    @model_validator(mode="after")
    def _region_is_known(self) -> "Business":
        known = regions().get(self.country, []) if self.region else []
        if self.region and self.region not in known:
            parts = ", ".join(known) or "none"
            raise ValueError(
                f"`region` {self.region} is no part of {self.country} with public holidays of its"
                f" own, expected one of: {parts}"
            )
        return self

    @model_validator(mode="after")
    def _marks_are_read(self) -> "Business":
        for kind, key, name in (
            ("phone", "phones", f"a phone number of {self.country}"),
            ("email", "emails", "an e-mail"),
        ):
            for place, value in enumerate(getattr(self.test_purchases, key), start=1):
                if not is_mark(kind, value, self.country):
                    raise ValueError(
                        f"entry {place} of test_purchases.{key} is not {name}, nor `sha256:` with"
                        " 64 hexadecimal digits"
                    )
        return self


class Thresholds(_Section):
    """Limits that definitions use; the description of a column names the one it uses.

    `low_n`: a rate that is computed from fewer cases has `is_low_n`.
    `meaningful_call_seconds`: a call with at least this much talk counts as meaningful.
    `abandoned_short_seconds`: an incoming call that ends earlier without an answer counts as
    `abandoned_short`, not as missed.
    `passthrough_seconds`: a shorter stay in a stage counts for conversions, but not for durations.
    `fx_max_age_days`: how many days after its day an exchange rate is used.
    `ad_restatement_days`: ad spend of this many last days can still change: `is_final` is false.
    `sla_seconds`: a call is answered in time if the client waited at most this long.
    `callback_hours`: how many hours after a missed call a call back counts.
    `call_lateness_days`: calls of this many last days can still change: `is_final` is false.
    `identity_max_people`: a phone or an e-mail address of more people does not join clients.
    `order_match_seconds`: how far apart an order and the lead or deal that the CRM has of it may be
    created, where only the client shows that they are one.
    `answer_days`: the days in which a reply answers what a client wrote; a later one does not.
    `baseline_periods`: the number of earlier periods that a value is compared with.
    `problem_share`: the share of managers with a problem that makes it one of the department.
    `landmark_days`: the days after the start of a deal in which its early contacts are counted.
    `forecast_months`: the last months whose days are forecast from again, the backtest.
    `forecast_min_months`: the months of history that the first of them needs.
    `forecast_history_months`: how many months back a forecast learns from.
    `forecast_recent_weeks`: the weeks whose new deals, leads and calls are expected to go on.
    `hygiene_days`: how many days mart_hygiene goes back, and how many days a loss counts in it.
    `habit_share`: a deal without amount, task or reason of loss is a fault only in a pipeline where
    at least this share of the closed deals has one.
    `risk_event_days`: how many days ahead an external event is a risk of a deal.
    `season_lead_days`: how many days before the season of a client the warning begins.
    `season_min_uplift`: a month is a season if it has at least this share more than the others.
    `low_stock_days`: stock that lasts fewer days is low.
    """

    low_n: int = Field(default=30, ge=1)
    meaningful_call_seconds: int = Field(default=60, ge=0)
    abandoned_short_seconds: int = Field(default=5, ge=0)
    passthrough_seconds: int = Field(default=10, ge=0)
    fx_max_age_days: int = Field(default=10, ge=0)
    ad_restatement_days: int = Field(default=3, ge=0)
    sla_seconds: int = Field(default=20, ge=0)
    callback_hours: int = Field(default=24, ge=1)
    call_lateness_days: int = Field(default=2, ge=0)
    identity_max_people: int = Field(default=5, ge=1)
    order_match_seconds: int = Field(default=60, ge=0)
    answer_days: int = Field(default=7, ge=1)
    baseline_periods: int = Field(default=6, ge=1)
    problem_share: float = Field(default=0.6, gt=0, le=1)
    landmark_days: int = Field(default=2, ge=1)
    forecast_months: int = Field(default=30, ge=1)
    forecast_min_months: int = Field(default=3, ge=1)
    forecast_history_months: int = Field(default=24, ge=1)
    forecast_recent_weeks: int = Field(default=8, ge=1)
    hygiene_days: int = Field(default=30, ge=1)
    habit_share: float = Field(default=0.5, ge=0, le=1)
    risk_event_days: int = Field(default=7, ge=1)
    season_lead_days: int = Field(default=30, ge=0)
    season_min_uplift: float = Field(default=0.1, gt=0)
    low_stock_days: int = Field(default=14, ge=1)


class Schedule(_Section):
    """The time of the schedule `nightly`, which you switch on in the UI.

    `hour`: the full hour in the business zone; the night computes the day before.
    """

    hour: int = Field(default=3, ge=0, le=23)


Event = Literal["digest", "failure", "finding"]
Variable = Annotated[str, Field(pattern="^[A-Za-z_][A-Za-z0-9_]*$")]


class Notify(_Section):
    """Who is told what after a night. An environment variable holds the addresses to tell: URLs of
    Apprise with white space between them.

    `digest_env`: the variable for the digest, every night the main numbers; default: nobody.
    `failure_env`: the variable for a night that failed or was refused; default: nobody.
    `finding_env`: the variable for a new finding of severity high; default: nobody.
    `language`: the language of digests and findings.
    `attach_report`: whether the digest carries the report, where a service takes files.
    """

    digest_env: Variable | None = None
    failure_env: Variable | None = None
    finding_env: Variable | None = None
    language: Literal["ru", "en"] = "en"
    attach_report: bool = True

    @property
    def variables(self) -> dict[Event, str]:
        """The environment variables of the events that somebody is told of."""
        named: dict[Event, str | None] = {
            "digest": self.digest_env,
            "failure": self.failure_env,
            "finding": self.finding_env,
        }
        return {event: variable for event, variable in named.items() if variable}


class PostgresServer(_Section):
    """A schema of a PostgreSQL database that gets the published tables.

    `url_env`: the environment variable with the address, such as
    postgresql://user:password@host/database.
    `schema_name`: the schema, made if it does not exist; it holds no other tables.
    """

    url_env: Variable
    schema_name: str = Field(default="marts", pattern="^[a-z_][a-z0-9_]{0,62}$")


class DuckLakeServer(_Section):
    """A DuckLake catalogue that gets the published tables, a snapshot for each night.

    `catalog`: the file of the catalogue. `catalog_env`: instead of a file, the environment variable
    with the address of a PostgreSQL database. `data_path`: the folder of its Parquet files.
    """

    catalog: str | None = Field(default=None, min_length=1)
    catalog_env: Variable | None = None
    data_path: str = Field(min_length=1)

    @model_validator(mode="after")
    def _one_catalog(self) -> "DuckLakeServer":
        if (self.catalog is None) == (self.catalog_env is None):
            raise ValueError("expected either `catalog` or `catalog_env`")
        return self


class Publish(_Section):
    """The servers that get the published tables, besides the files.

    `postgres`: a schema of a PostgreSQL database. `ducklake`: a DuckLake catalogue.
    """

    postgres: PostgresServer | None = None
    ducklake: DuckLakeServer | None = None


class Models(_Section):
    """What computes the models, from the united entities to the marts.

    `engine`: `duckdb`, within the process of the night, or `spark`.
    `exchange`: the folder of Parquet files between DuckDB and Spark, which all executors see under
    the same path; relative to the config; default: `state/exchange` in the home.
    `spark`: settings of Spark by their names there, such as `"spark.master"`.
    """

    engine: Literal["duckdb", "spark"] = "duckdb"
    exchange: Path | None = None
    spark: dict[str, str] = {}


Source = Annotated[
    FilesSource
    | DemoSource
    | AircallSource
    | AmocrmSource
    | Bitrix24Source
    | HubspotSource
    | GoogleAdsSource
    | MangoSource
    | MetaSource
    | SqlSource
    | TwilioSource
    | UisSource
    | YandexDirectSource,
    Field(discriminator="type"),
]


class Settings(_Section):
    """The whole config. `folder`: the folder of its file; relative paths start there."""

    business: Business
    sources: dict[Annotated[str, Field(pattern="^[a-z][a-z0-9_]{0,30}$")], Source] = Field(
        min_length=1
    )
    thresholds: Thresholds = Thresholds()
    limits: DuckDbLimits = DuckDbLimits()
    schedule: Schedule = Schedule()
    notify: Notify = Notify()
    publish: Publish = Publish()
    models: Models = Models()
    _folder: Path = PrivateAttr(default=Path())

    @property
    def folder(self) -> Path:
        return self._folder

    def default_as_of(self, now: datetime) -> date:
        """The pinned day, or the day before `now` (an aware time) in the business zone."""
        if self.business.as_of:
            return self.business.as_of
        return self._today(now) - timedelta(days=1)

    def refuse_future(self, as_of: date, now: datetime) -> None:
        """Raises ConfigError if the day `as_of` has not begun in the business zone. `now`: an aware
        time."""
        if as_of > (today := self._today(now)):
            raise ConfigError(
                f"as_of {as_of} is in the future, expected at most {today}, today in"
                f" {self.business.time_zone}"
            )

    def _today(self, now: datetime) -> date:
        return now.astimezone(ZoneInfo(self.business.time_zone)).date()


def load_settings(path: Path) -> Settings:
    """The settings of a TOML file; ConfigError says what is wrong in one sentence."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ConfigError(f"config file {path} is not there") from None
    except IsADirectoryError:
        raise ConfigError(f"config {path} is a folder, expected a TOML file") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is not UTF-8 text ({error.reason})") from None
    except OSError as error:
        raise ConfigError(f"config file {path} cannot be read: {error.strerror}") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: cannot be read as TOML: {error}{twice(error)}") from None
    try:
        settings = Settings(**content)
    except ValidationError as error:
        raise ConfigError(f"{path}: {mistakes(error, content, Settings)}") from None
    settings._folder = path.parent.resolve()
    return settings
