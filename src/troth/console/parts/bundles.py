"""Where do the two bundled scripts come from?

htmx ships inside django-htmx, Vega inside vl-convert: neither is copied into this repository. Their
addresses carry their version, so that they never go stale.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from threading import Lock

import vl_convert

_LOCK = Lock()


@dataclass(frozen=True, kw_only=True)
class _Asset:
    package: str  # whose version the address carries
    text: Callable[[], str]


def _htmx() -> str:
    folder = files("django_htmx") / "static" / "django_htmx"
    return (folder / "htmx-2.min.js").read_text("utf-8")


def _vega() -> str:
    return str(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;"))


# One line a script.
_ASSETS: dict[str, _Asset] = {
    "htmx": _Asset(package="django-htmx", text=_htmx),
    "vega": _Asset(package="vl-convert-python", text=_vega),
}


@cache
def asset_url(name: str) -> str:
    """The address of a bundled script. Raises KeyError for one that is not bundled."""
    return f"/assets/{name}-{version(_ASSETS[name].package)}.js"


def release_of(name: str) -> str | None:
    """The version of a bundled script; None where there is none of that name."""
    found = _ASSETS.get(name)
    return None if found is None else version(found.package)


def packed(name: str) -> bytes:
    """A bundled script, gzipped; made once a process, for Vega takes seconds to bundle."""
    with _LOCK:
        return _packed(name)


@cache
def _packed(name: str) -> bytes:
    return gzip.compress(_ASSETS[name].text().encode(), 6)
