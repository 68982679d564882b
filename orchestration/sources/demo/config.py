"""Options of the demo company."""

from contextlib import AbstractContextManager, nullcontext
from typing import Literal

from pydantic import Field

from orchestration.core.entities import ENTITIES
from orchestration.sources.base import EntitySource, ExtractContext

# Its telephony knows the cards of calls itself.
_NOT_MADE = ("call_links",)
MADE = tuple(name for name in ENTITIES if name not in _NOT_MADE)


class DemoSource(EntitySource):
    """The demo company.

    `seed`: the seed of the random numbers; another seed makes another company. `scale`: its size; 1
    is about 20,000 leads, 6,000 deals and 60,000 calls over 30 months. `plants`: whether patterns
    are planted for the marts to find; without them managers, stages and channels differ by chance.
    """

    type: Literal["demo"]
    seed: int = 7
    scale: float = Field(default=1.0, gt=0)
    plants: bool = True

    @property
    def delivers(self) -> tuple[str, ...]:
        return MADE

    def extract(self, context: ExtractContext) -> AbstractContextManager[None]:
        truths = context.home.state / "demo_truths.json"
        self._module("extract").extract(context.delivery, self, context.as_of, truths)
        return nullcontext()
