"""The night as Dagster's one resource: the lock on the home, the day, and the results."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from dagster import Failure, Field, InitResourceContext, Noneable, ResourceDefinition

from data_quality.checks import CheckResult
from orchestration import disk
from orchestration.audit import Audit
from orchestration.core.errors import VoronkaError
from orchestration.core.home import HASH_KEY_VARIABLE, Home
from orchestration.core.progress import Progress, SilentProgress
from orchestration.core.warehouse import expect, open_warehouse, prepare_warehouse, record_days_off
from orchestration.days_off import days_off
from orchestration.instance import forget_crashed_runs, place_in_code_location
from orchestration.publish import Publication, new_run_id, remove_leftovers
from orchestration.settings import Settings
from orchestration.sources import raw
from orchestration.sources.delivery import Load
from orchestration.sources.http.secret import scrub
from orchestration.sources.side_by_side import SideBySide


@dataclass(frozen=True)
class Backfill:
    """The days of one source to read again, both ends included, in the business zone."""

    source: str
    first: date
    last: date


@dataclass
class Step:
    """What a step reports when it ends. `whole`: it did all of its work, not a selected part."""

    rows: int | None = None
    note: str = ""
    whole: bool = True


@dataclass
class Night:
    """One night of one company. `as_of` None: the config's day, or yesterday in its zone.
    `full_refresh`: build the incremental models anew too. `adopt`: take the home over from another
    company."""

    settings: Settings
    home: Home
    as_of: date | None = None
    progress: Progress = field(default_factory=SilentProgress)
    backfill: Backfill | None = None
    full_refresh: bool = False
    adopt: bool = False
    run_id: str = ""
    loads: list[Load] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    found: list[CheckResult] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)
    publication: Publication | None = None
    audit: Audit = field(default_factory=Audit)
    landings: SideBySide = field(default_factory=SideBySide)

    @property
    def day(self) -> date:
        """The `as_of` day of a night that has begun."""
        assert self.as_of is not None, "a night has its day once it has begun"
        return self.as_of

    def begin(self, dagster_run_id: str) -> None:
        """Fix the day and the id, remove what a crashed run left, write the run into the ledger.

        Raises ConfigError if the home belongs to another company or the day has not begun; the
        home is unchanged then.
        """
        self.audit, self.landings = Audit(), SideBySide()
        now = datetime.now(UTC)
        self.as_of = self.as_of or self.settings.default_as_of(now)
        self.settings.refuse_future(self.as_of, now)
        self.home.claim(self.settings.business.name, self.adopt)
        self.run_id = new_run_id(now, dagster_run_id[:8])
        disk.reserve(self.home)
        remove_leftovers(self.home)
        raw.remove_leftovers(self.home)
        key, is_new = self.home.hash_key()
        if is_new:
            self.warnings.append(
                f"made the key of customer ids, {self.home.state / 'customer.key'}:"
                " keep a copy, without it clients get new ids"
            )
        with open_warehouse(self.home, self.settings.limits) as connection:
            if prepare_warehouse(connection, self.run_id, self.as_of, key):
                self.warnings.append(
                    "the key of customer ids is another than in the run before, and every client"
                    f" has a new id: set {HASH_KEY_VARIABLE} or put"
                    f" {self.home.state / 'customer.key'} back as it was"
                )
            sources = self.settings.sources.items()
            expect(connection, {name: source.delivers for name, source in sources})
            business = self.settings.business
            off = days_off(business.country, business.region, self.as_of.year)
            record_days_off(connection, off)

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """Report a step of the night and keep the error it ends with. Dagster keeps only the text
        of an error; the command line needs the error itself for its exit status."""
        self.progress.started(name)
        began = time.perf_counter()
        step = Step()
        try:
            yield step
        except Exception as error:
            if full := disk.explained(error, self.home):
                self._failed(name, full)
                raise full from None
            if isinstance(error, VoronkaError):
                self._failed(name, error)
                raise
            # Unexpected error: the text may quote a token or a client, so scrub it.
            bare = RuntimeError(f"{type(error).__name__}: {scrub(str(error), longest=2000)}")
            self._failed(name, bare)
            raise bare.with_traceback(error.__traceback__) from None
        if step.whole:
            self.audit.done.add(name)
        self.progress.finished(name, step.rows, time.perf_counter() - began, step.note)

    @contextmanager
    def op_step(self, name: str) -> Iterator[Step]:
        """`step` for the body of an op: the first line of a failed run names the step and its
        error, without a stack through Dagster's code."""
        try:
            with self.step(name) as step:
                yield step
        except Exception as error:
            sentence = f"{name}: {error}"
            # An error that was expected needs no stack.
            cause = None if isinstance(error, VoronkaError) else error
            raise Failure(sentence, allow_retries=False) from cause

    @contextmanager
    def optional_step(self, name: str) -> Iterator[Step]:
        """`step` for what a night can do without: its error is a warning, and the night goes on."""
        self.progress.started(name)
        began = time.perf_counter()
        step = Step()
        try:
            yield step
        except Exception as error:
            text = scrub(f"{type(error).__name__}: {error}", longest=2000)
            self.warnings.append(f"step {name} failed, the rest of the night is whole: {text}")
            self.progress.failed(name, text)
        else:
            self.progress.finished(name, step.rows, time.perf_counter() - began, step.note)

    def _failed(self, name: str, error: Exception) -> None:
        self.errors.append(error)
        self.progress.failed(name, str(error))


def night_resource(
    night: Night, lock: Callable[[], AbstractContextManager[None]]
) -> ResourceDefinition:
    """The resource of a run; it holds the lock on the home from the first step to the last."""

    def hold(context: InitResourceContext) -> Iterator[Night]:
        night.home.prepare()
        disk.refuse_full(night.home)
        with lock():
            if as_of := context.resource_config["as_of"]:
                night.as_of = date.fromisoformat(as_of)
            assert context.instance is not None and context.run is not None
            place_in_code_location(context.instance, context.run)
            forget_crashed_runs(context.instance, context.run.run_id)
            with night.step("prepare"):
                night.begin(context.run.run_id)
            try:
                yield night
            finally:
                night.landings.stop()
                disk.release(night.home.state)

    schema = {"as_of": Field(Noneable(str), default_value=None, description="As 2026-11-22.")}
    return ResourceDefinition(hold, config_schema=schema, description=Night.__doc__)
