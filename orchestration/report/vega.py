"""Vega as one script, with which the charts of the report draw themselves without a network."""

from functools import cache
from importlib.metadata import version
from pathlib import Path

from orchestration.core.files import write_whole

_EXPORTED = "window.vegaEmbed=vegaEmbed;"


@cache
def vega_script() -> str:
    """The script, made from the JavaScript inside the package vl-convert: 2 s of CPU."""
    # It starts a JavaScript engine: only the report needs it.
    import vl_convert

    script: str = vl_convert.javascript_bundle(_EXPORTED)
    return script


def kept_vega_script(folder: Path) -> str:
    """The script, from the file in `folder` that an earlier night kept, if it had the same version
    of the package."""
    file = folder / f"vega-{version('vl-convert-python')}.js"
    if not file.exists():
        for older in folder.glob("vega-*.js"):
            older.unlink()
        write_whole(file, vega_script())
    return file.read_text(encoding="utf-8")
