"""What dbt tells of the published file."""

from dbt.contracts.graph.manifest import Manifest


def test_the_published_file_holds_every_public_model_and_each_has_a_contract(parsed: Manifest):
    (exposure,) = parsed.exposures.values()
    public = {
        key: node
        for key, node in parsed.nodes.items()
        if node.resource_type == "model" and node.access == "public"
    }
    assert set(exposure.depends_on_nodes) == public.keys()
    assert {node.schema for node in public.values()} == {"marts"}
    assert all(node.contract.enforced for node in public.values())
