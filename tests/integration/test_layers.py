"""The layers of the models: each reads what is left of it, and the way to the marts is short."""

from functools import cache

import pytest

LAYERS = ("staging", "entities", "star", "aggregates", "marts")
# The credit follows the paths of all deals, the chain of channels and what each of them adds to it.
MOST_STEPS = {"dim": 12, "fct": 12, "fct_attribution_credit": 14}
MOST_STEPS_OF_ALL = 18
# Findings compare what the other marts count.
MOST_STEPS_TO_A_FINDING = 20
# Models of entities and aggregates, by docs/decisions/0013-models-kept-apart.md.
MOST_MODELS_BETWEEN = 103


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
