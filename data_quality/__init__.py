"""The two gates: is the input complete, is the whole true.

What a source must deliver is checked here, computed inside DuckDB by Great Expectations. What a
model must guarantee is a dbt test. Importing this package does not import Great Expectations, which
takes seconds: a gate does when it runs.
"""

from data_quality.checks import CheckResult, CheckSpec, refusal
from data_quality.gates import run_landing_gate, run_marts_gate
from data_quality.shrunk import record_landed
from data_quality.specs import landing_checks, marts_checks

__all__ = [
    "CheckResult",
    "CheckSpec",
    "landing_checks",
    "marts_checks",
    "record_landed",
    "refusal",
    "run_landing_gate",
    "run_marts_gate",
]
