"""How many examples each law is tried on: few in `make test`, at least 200 in `make proof`."""

from hypothesis import HealthCheck, settings

_LAWS = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.register_profile("test", _LAWS, max_examples=25)
settings.register_profile("proof", _LAWS, max_examples=200)
# pytest --hypothesis-profile=proof comes after this and wins.
settings.load_profile("test")


def costly(examples: int) -> settings:
    """Settings of a law whose example costs much: so many in the short profile, as many as any
    other law has in the proof."""
    return settings(max_examples=examples) if _is_short() else settings()


def fault_seeds() -> range:
    """The seeds of the faults that a first load of each vendor has to survive. Two nights of each
    vendor survive some too: see `night_seeds` and the parity of the marts."""
    return range(2 if _is_short() else 5)


def night_seeds(*vendors: str, alone: str, proof: int) -> list[tuple[str, int]]:
    """Vendors with the seeds of what happens to two nights of their landing, as many of each as the
    `proof` has. In the short profile once the one that stands `alone`: the parity of the marts has
    two nights of each other."""
    if _is_short():
        return [(alone, 0)]
    return [(one, seed) for one in vendors for seed in range(proof)]


def _is_short() -> bool:
    return settings.get_current_profile_name() == "test"
