"""What one deal or lead counts for in each stage of its funnels, told from its visits alone."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

OUTCOMES = [
    *("advanced", "lost_here", "lost_unknown", "moved_back", "moved_pipeline", "open_here"),
]


@dataclass(frozen=True)
class Ladders:
    """`steps` of each pipeline in order; `retired`: when a deleted stage was entered last."""

    steps: dict[str, list[str]]
    won: set[tuple[str, str]]
    retired: dict[tuple[str, str], pd.Timestamp]

    @classmethod
    def of(cls, star: dict[str, pd.DataFrame]) -> "Ladders":
        visits = star["fct_deal_stage_visit"]
        last = visits.groupby(["pipeline_id", "stage_id"])["entered_at"].max().to_dict()
        steps, won, retired = defaultdict(list), set(), {}
        for stage in star["dim_stage"].sort_values(["stage_order", "stage_id"]).itertuples():
            key = stage.pipeline_id, stage.stage_id
            if stage.semantics == "lost" or (stage.is_deleted and key not in last):
                continue
            steps[stage.pipeline_id].append(stage.stage_id)
            if stage.semantics != "open":
                won.add(key)
            if stage.is_deleted:
                retired[key] = last[key]
        return cls(dict(steps), won, retired)


@dataclass(frozen=True)
class Journey:
    """The visits of one deal or lead, (pipeline, stage, when entered), in their order."""

    subject_id: str
    created_at: pd.Timestamp
    status: str
    visits: list[tuple[str, str, pd.Timestamp]]
    is_start_assumed: bool = False

    def counts(self, ladders: Ladders) -> Iterator[dict]:
        """0 or 1 for every count, for each pipeline, stage reached by implication, and mode."""
        for pipeline in {visit[0] for visit in self.visits}:
            ladder = ladders.steps[pipeline]
            ends, firsts = defaultdict(list), {}
            for number, (visited, stage, entered_at) in enumerate(self.visits):
                if visited == pipeline and stage in ladder:
                    ends[stage].append(self.end(number, ladders))
                    firsts.setdefault(stage, entered_at)
            implied = ladder[: 1 + max((ladder.index(stage) for stage in firsts), default=-1)]
            strict = self.strict(pipeline, firsts, ladders)
            for stage, after in zip(implied, [*implied, None][1:], strict=True):
                last_end = ends[stage][-1] if stage in firsts else "advanced"
                in_order = stage in firsts and after in firsts and firsts[stage] <= firsts[after]
                for mode, reached, stepped, passed in (
                    ("observed", stage in firsts, in_order, stage in implied[:-1]),
                    ("implied", True, after is not None, after is not None),
                    ("strict", stage in strict, stage in strict[:-1], stage in strict[:-1]),
                ):
                    yield {
                        "subject_id": self.subject_id,
                        "pipeline_id": pipeline,
                        "stage_id": stage,
                        "mode": mode,
                        "reached": int(reached),
                        "stepped": int(stepped),
                        **{name: int(reached and last_end == name) for name in OUTCOMES},
                        "went_back": int(reached and "moved_back" in ends[stage]),
                        "passed": int(passed),
                        "skipped": int(passed and stage not in firsts),
                    }

    def strict(self, pipeline: str, firsts: dict, ladders: Ladders) -> list[str]:
        """The steps climbed one after the other, as far as one of them was really entered."""
        climbed, up_to, latest = [], 0, pd.Timestamp.min
        for stage in ladders.steps[pipeline]:
            if stage not in firsts:
                if ladders.retired.get((pipeline, stage), pd.Timestamp.max) >= self.created_at:
                    break
                climbed.append(stage)
            elif firsts[stage] < latest:
                break
            else:
                climbed.append(stage)
                up_to, latest = len(climbed), firsts[stage]
        return climbed[:up_to]

    def end(self, number: int, ladders: Ladders) -> str:
        pipeline, stage, _ = self.visits[number]
        ladder = ladders.steps[pipeline]
        if number + 1 == len(self.visits):
            if (pipeline, stage) in ladders.won:
                return "open_here"
            return {"open": "open_here", "lost": "lost_here", "won": "advanced"}[self.status]
        next_pipeline, next_stage, _ = self.visits[number + 1]
        if next_pipeline != pipeline:
            return "moved_pipeline"
        if next_stage not in ladder:
            return "lost_unknown" if number == 0 and self.is_start_assumed else "lost_here"
        return "advanced" if ladder.index(next_stage) > ladder.index(stage) else "moved_back"
