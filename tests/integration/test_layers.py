"""The layers of the models: each reads what is left of it, and the way to the marts is short."""

import re
from functools import cache
from typing import Any

import pytest

LAYERS = ("staging", "entities", "star", "aggregates", "marts")
# A lead waits for its client and for all that is said at the client's addresses. The credit follows
# the paths of all deals, the chain of channels and what each of them adds to it.
MOST_STEPS = {"dim": 10, "fct": 10, "fct_lead": 11, "fct_attribution_credit": 13}
MOST_STEPS_OF_ALL = 18
# Findings compare what the other marts count.
MOST_STEPS_TO_A_FINDING = 21
# Models of entities and aggregates, by docs/decisions/0013-models-kept-apart.md.
MOST_MODELS_BETWEEN = 135

# What reads the clock or the environment, in SQL and in Jinja. Dates made from `as_of` do not.
CLOCK = re.compile(
    r"\b(current_(date|time|timestamp|localtime|localtimestamp)|localtime|localtimestamp|get_current_time\w*"
    r"|transaction_timestamp|curdate|getdate|sysdate|run_started_at|env_var"
    r"|datetime\.(now|utcnow|today))\b|\b(now|today)\s*\(|\bunix_timestamp\s*\(\s*\)",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def models(parsed) -> dict[str, tuple[str, list[str]]]:
    """By name of each model: its layer, which is its folder, and the models that it reads."""
    nodes = {key: node for key, node in parsed.nodes.items() if node.resource_type.value == "model"}
    return {
        node.name: (
            node.fqn[1],
            [nodes[parent].name for parent in node.depends_on.nodes if parent in nodes],
        )
        for node in nodes.values()
    }


@pytest.mark.parametrize("layer", LAYERS)
def test_a_model_reads_only_layers_to_its_left_or_its_own(models, layer):
    backwards = [
        f"{name} reads {parent}"
        for name, (its_layer, parents) in models.items()
        for parent in parents
        if its_layer == layer and LAYERS.index(models[parent][0]) > LAYERS.index(layer)
    ]
    assert backwards == []


def test_a_dimension_reads_no_fact(models):
    facts_read = [
        f"{name} reads {parent}"
        for name, (_, parents) in models.items()
        for parent in parents
        if name.startswith("dim_") and parent.startswith("fct_")
    ]
    assert facts_read == []


def test_the_way_from_a_united_entity_is_short(models):
    @cache
    def steps(name: str) -> int:
        """The models on the longest way to this one, itself among them."""
        parents = [] if name.startswith("stg_entities__") else models[name][1]
        return 1 + max(map(steps, parents), default=0)

    star = [name for name, (layer, _) in models.items() if layer == "star"]
    assert star
    long = {
        name: steps(name)
        for name in star
        if steps(name) > MOST_STEPS.get(name, MOST_STEPS[name[:3]])
    }
    assert long == {}
    others = [name for name in models if "finding" not in name]
    assert max(steps(name) for name in others) <= MOST_STEPS_OF_ALL
    assert steps("mart_finding") <= MOST_STEPS_TO_A_FINDING


def test_the_models_between_staging_and_the_marts_do_not_grow_unnoticed(models):
    between = [name for name, (layer, _) in models.items() if layer in ("entities", "aggregates")]
    assert len(between) <= MOST_MODELS_BETWEEN, (
        f"{len(between)} models stand between staging and the marts, at most {MOST_MODELS_BETWEEN} "
        "are expected: merge the new model into its only reader, or raise MOST_MODELS_BETWEEN and "
        "say in docs/decisions/0013-models-kept-apart.md why the model stays apart"
    )


@pytest.fixture(scope="module")
def nodes(parsed_vendors) -> dict[str, Any]:
    """The models of a company with an account with every vendor, by dbt id."""
    nodes = parsed_vendors.nodes.items()
    return {key: node for key, node in nodes if node.resource_type.value == "model"}


def written(code: str) -> str:
    """SQL without its comments and Jinja's."""
    return re.sub(r"\{#.*?#\}|--[^\n]*", "", code, flags=re.DOTALL)


def test_only_staging_reads_sources_and_a_mart_reads_no_staging(nodes):
    read = [
        f"{node.name} reads {parent}"
        for node in nodes.values()
        for parent in node.depends_on.nodes
        if (parent.startswith("source.") and node.fqn[1] != "staging")
        or (node.fqn[1] == "marts" and parent in nodes and nodes[parent].fqn[1] == "staging")
    ]
    assert read == []


def test_staging_of_a_vendor_reads_its_own_tables_and_the_config(nodes):
    """The account is named as its vendor is, so a raw schema says whose it is."""
    read = []
    for node in nodes.values():
        if node.fqn[1:3] != ["staging", "vendors"]:
            continue
        vendor = node.fqn[3]
        for parent in node.depends_on.nodes:
            folder = nodes[parent].fqn[1:-1] if parent in nodes else parent.split(".")[2:3]
            if folder not in (
                ["staging", "vendors", vendor],
                ["staging", "config"],
                [f"raw_{vendor}"],
            ):
                read.append(f"{node.name} reads {parent}")
    assert read == []


def test_staging_outside_of_a_vendor_joins_nothing(nodes):
    staging = [node for node in nodes.values() if node.fqn[1] == "staging"]
    joining = [node for node in staging if re.search(r"\bjoin\b", written(node.raw_code), re.I)]
    assert [node.name for node in joining if node.fqn[2] != "vendors"] == []
    assert joining, "the search finds joins"


@pytest.mark.parametrize(
    ("code", "is_read"),
    [
        ("select current_date", True),
        ("select now ()", True),
        ("select get_current_timestamp()", True),
        ("{{ run_started_at }}", True),
        ("select known -- now()", False),
        ("select current_timezone(), as_of_date, today_count", False),
    ],
)
def test_the_search_for_the_clock_finds_it(code, is_read):
    assert bool(CLOCK.search(written(code))) == is_read


def test_sql_reads_neither_the_clock_nor_the_environment(parsed_vendors):
    project = [node for node in parsed_vendors.nodes.values() if node.resource_type != "seed"]
    code = {node.name: getattr(node, "raw_code", "") or "" for node in project}
    code |= {
        macro.name: macro.macro_sql
        for macro in parsed_vendors.macros.values()
        if macro.package_name == "voronka"
    }
    assert {"fct_deal", "as_of_date"} <= code.keys()
    assert [name for name, text in code.items() if CLOCK.search(written(text))] == []
