"""What does a mapping file say, and what is wrong with it?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml

from troth.connectors.errors import MappingError
from troth.connectors.mapping.feeds import read_feed
from troth.connectors.mapping.fields import Defaults, read_zone
from troth.connectors.mapping.nodes import Faults, Node, node_of, read_yaml
from troth.connectors.mapping.places import read_api, read_database
from troth.connectors.mapping.shapes import FeedMap, SourceMap

_KEYS = ("source", "system", "time_zone", "region", "database", "api", "feeds")


def check_mapping(path: Path, *, shown: str | None = None) -> SourceMap:
    """Read a mapping; `shown` is the file's name in messages.

    Raises MappingError with every fault, each with file, line and column.
    """
    faults = Faults(shown or str(path))
    root = read_yaml(path, shown=faults.file)
    entries = faults.entries(root, of="a mapping", known=_KEYS)
    source = _word(faults, root, entries, "source") or path.stem
    node = node_of(entries, "source")
    if node is not None and source != path.stem:
        text = f"`source` is {source!r}, but the file is named {path.name}; they must agree"
        faults.add(node, text)
    system = _word(faults, root, entries, "system")
    zone = node_of(entries, "time_zone")
    time_zone = read_zone(faults, zone, of="`time_zone`") if zone is not None else "UTC"
    region = _word(faults, root, entries, "region", default="default")
    database, api = node_of(entries, "database"), node_of(entries, "api")
    places = {name for name, found in (("database", database), ("api", api)) if found is not None}
    defaults = Defaults(system=system, time_zone=time_zone, places=frozenset(places))
    feeds = _read_feeds(faults, root, entries, defaults)
    database_map = read_database(faults, database) if database is not None else None
    api_map = read_api(faults, api) if api is not None else None
    if faults.found:
        raise MappingError(
            tuple(sorted(set(faults.found), key=lambda fault: (fault.line, fault.column)))
        )
    return SourceMap(
        file=faults.file,
        source=source,
        system=system,
        time_zone=time_zone,
        region=region,
        feeds=feeds,
        database=database_map,
        api=api_map,
    )


def _word(
    faults: Faults,
    root: Node,
    entries: Mapping[str, tuple[Node, Node]],
    name: str,
    *,
    default: str | None = None,
) -> str:
    node = node_of(entries, name)
    if node is not None:
        word = faults.text(node, of=f"`{name}`")
        if name == "system" and ":" in word:
            faults.add(node, "`system` may hold no colon: it is the part of a key before it")
        return word
    if default is None:
        faults.add(root, f"the mapping has no `{name}`")
    return default or ""


def _read_feeds(
    faults: Faults, root: Node, entries: Mapping[str, tuple[Node, Node]], defaults: Defaults
) -> tuple[FeedMap, ...]:
    node = node_of(entries, "feeds")
    if not isinstance(node, yaml.SequenceNode) or not node.value:
        faults.add(node or root, "`feeds` must be a list of at least one feed")
        return ()
    region = node_of(entries, "region")
    salt = [defaults.system, defaults.time_zone, str(region.value) if region is not None else ""]
    feeds: list[FeedMap] = []
    for item in node.value:
        feed = read_feed(faults, item, defaults, salt=salt)
        if feed is not None and any(feed.name == other.name for other in feeds):
            faults.add(item, f"there are two feeds named {feed.name!r}")
        elif feed is not None:
            feeds.append(feed)
    return tuple(feeds)
