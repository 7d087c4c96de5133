"""Is the mapping of one feed sound, and what does it say?"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import yaml

from troth.connectors.errors import did_you_mean
from troth.connectors.mapping.calls import read_call
from troth.connectors.mapping.fields import Defaults, read_field, read_moment
from troth.connectors.mapping.nodes import Faults, Node, node_of, plain_value
from troth.connectors.mapping.places import read_query
from troth.connectors.mapping.shapes import FeedMap, FieldMap, Format, JoinMap
from troth.core.records.fields import FieldSpec, FieldType
from troth.core.records.kinds import BY_NAME, RecordKind
from troth.core.records.values import Sensitivity

_KEYS = (
    *("name", "record", "files", "format", "mode", "history", "may_be_empty", "only", "not"),
    *("join", "key", "fields", "custom", "plain", "ignore", "occurred_at", "known_at", "region"),
    *("sql", "rest"),
)
_ORIGINS = {"files": None, "sql": "database", "rest": "api"}  # what each needs beside `feeds`
_FORMAT_KEYS = ("type", "delimiter", "encoding", "quote", "decimal", "thousands", "null")
_JOIN_KEYS = ("files", "format", "on", "prefix", "take", "order_by")
_CUSTOM_TYPES = {
    kind.value: kind
    for kind in (
        *(FieldType.TEXT, FieldType.INTEGER, FieldType.DECIMAL),
        *(FieldType.BOOLEAN, FieldType.INSTANT, FieldType.DATE),
    )
}
# Counted up whenever the same mapping begins to read the same row differently.
_SEMANTICS = 1


@dataclass(frozen=True)
class _Feed:
    """One feed's entries, and what reading them needs."""

    faults: Faults
    node: Node
    entries: Mapping[str, tuple[Node, Node]]
    defaults: Defaults
    of: str

    def node_of(self, name: str) -> Node | None:
        return node_of(self.entries, name)

    def need(self, name: str) -> Node | None:
        found = self.node_of(name)
        if found is None:
            self.faults.add(self.node, f"{self.of} has no `{name}`")
        return found

    def texts(self, name: str) -> tuple[str, ...]:
        node = self.node_of(name)
        return self.faults.texts(node, of=f"`{name}`") if node is not None else ()

    def flag(self, name: str) -> bool:
        node = self.node_of(name)
        return node is not None and self.faults.flag(node, of=f"`{name}`")


def read_feed(faults: Faults, node: Node, defaults: Defaults, *, salt: Any) -> FeedMap | None:
    """One entry of `feeds`. None where it is too broken to be read further."""
    entries = faults.entries(node, of="a feed", known=_KEYS)
    name_node = node_of(entries, "name")
    name = faults.text(name_node, of="`name`") if name_node else ""
    feed = _Feed(faults, node, entries, defaults, f"feed {name!r}" if name else "a feed")
    if not name:
        faults.add(node, "a feed has no `name`")
    kind = _read_kind(feed)
    _check_origin(feed)
    feed.need("key")
    fields_node = feed.need("fields")
    if kind is None or fields_node is None:
        return None
    mode = feed.node_of("mode")
    sql, rest = feed.node_of("sql"), feed.node_of("rest")
    moments = {
        which: read_moment(faults, feed.node_of(which), of=f"`{which}`")
        for which in ("occurred_at", "known_at")
    }
    feed_map = FeedMap(
        name=name,
        kind=kind,
        files=feed.texts("files"),
        format=_read_format(faults, feed.node_of("format")),
        mode=_read_mode(feed, mode),
        has_history=feed.flag("history"),
        may_be_empty=feed.flag("may_be_empty"),
        only=_read_filter(feed, "only"),
        without=_read_filter(feed, "not"),
        joins=_read_joins(feed),
        key=feed.texts("key"),
        fields=_read_fields(feed, fields_node, kind),
        custom=_read_custom(feed),
        plain=frozenset(feed.texts("plain")),
        ignore=frozenset(feed.texts("ignore")),
        occurred_at=moments["occurred_at"],
        known_at=moments["known_at"],
        region=_read_region(feed),
        sql=read_query(faults, sql) if sql is not None else None,
        rest=read_call(faults, rest) if rest is not None else None,
        digest=_digest(node, salt),
        lines={},
    )
    _check_whole(feed, feed_map)
    return dataclasses.replace(feed_map, lines=_lines(node))


def used_columns(feed: FeedMap) -> tuple[str, ...]:
    """Every source column that the mapping asks for, in order, each once."""
    wanted: list[str] = list(feed.key)
    for field in (*feed.fields, *feed.custom):
        wanted.extend(field.used_columns)
    wanted.extend(feed.region.columns if feed.region is not None else ())
    wanted.extend((*feed.occurred_at.columns, *feed.known_at.columns))
    wanted.extend(column for column, _ in (*feed.only, *feed.without))
    wanted.extend(ours for join in feed.joins for ours, _ in join.on)
    return tuple(dict.fromkeys(wanted))


def _check_origin(feed: _Feed) -> None:
    """A feed says once where its rows come from, and its source says where that stands."""
    said = [name for name in _ORIGINS if feed.node_of(name) is not None]
    if len(said) != 1:
        found = f"says {' and '.join(f'`{name}`' for name in said)}" if said else "has none"
        text = f"{feed.of} needs one of `files`, `sql` and `rest`; it {found}"
        feed.faults.add(feed.node, text)
    for name in said:
        place = _ORIGINS[name]
        if place is not None and place not in feed.defaults.places:
            text = f"{feed.of} says `{name}`, so the source needs `{place}` beside `feeds`"
            feed.faults.add(feed.entries[name][0], text)
    form = feed.node_of("format")
    if form is not None and said and said != ["files"]:
        feed.faults.add(form, "`format` is of files; a database and an API say it themselves")


def _read_kind(feed: _Feed) -> RecordKind | None:
    node = feed.need("record")
    if node is None:
        return None
    return BY_NAME.get(feed.faults.choice(node, BY_NAME, of="`record`"))


def _read_mode(feed: _Feed, node: Node | None) -> Literal["full", "delta"]:
    if node is None:
        return "full"
    word = feed.faults.choice(node, ("full", "delta"), of="`mode`")
    return "delta" if word == "delta" else "full"


def _read_format(faults: Faults, node: Node | None) -> Format:
    if node is None:
        return Format()
    entries = faults.entries(node, of="`format`", known=_FORMAT_KEYS)
    texts = {
        name: faults.text(found, of=f"`format.{name}`")
        for name in _FORMAT_KEYS
        if name != "null" and (found := node_of(entries, name)) is not None
    }
    for name in ("delimiter", "decimal", "thousands"):
        if len(texts.get(name, ",")) != 1:
            faults.add(entries[name][1], f"`format.{name}` must be one character")
    if len(texts.get("quote", "")) > 1:
        faults.add(entries["quote"][1], "`format.quote` must be one character, or empty for none")
    if "encoding" in texts and not _is_encoding(texts["encoding"]):
        faults.add(entries["encoding"][1], f"there is no encoding {texts['encoding']!r}")
        texts.pop("encoding")
    kind = texts.pop("type", None)
    if kind is not None:
        faults.choice(entries["type"][1], ("csv", "parquet"), of="`format.type`")
    null = node_of(entries, "null")
    words = faults.texts(null, of="`format.null`") if null is not None else ("",)
    type_: Literal["csv", "parquet"] | None = "parquet" if kind == "parquet" else None
    return Format(type="csv" if kind == "csv" else type_, null=words, **texts)


def _is_encoding(name: str) -> bool:
    try:
        return isinstance("".encode(name), bytes)
    except LookupError:
        return False


def _read_filter(feed: _Feed, name: str) -> tuple[tuple[str, tuple[str | None, ...]], ...]:
    node = feed.node_of(name)
    if node is None:
        return ()
    pairs = feed.faults.entries(node, of=f"`{name}`").items()
    return tuple(
        (column, feed.faults.words(values, of=f"`{name}.{column}`"))
        for column, (_, values) in pairs
    )


def _read_joins(feed: _Feed) -> tuple[JoinMap, ...]:
    node = feed.node_of("join")
    if node is None:
        return ()
    items = node.value if isinstance(node, yaml.SequenceNode) else [node]
    return tuple(_read_join(feed.faults, item) for item in items)


def _read_join(faults: Faults, node: Node) -> JoinMap:
    entries = faults.entries(node, of="a join", known=_JOIN_KEYS)
    found = {name: node_of(entries, name) for name in _JOIN_KEYS}
    for name in ("files", "on"):
        if found[name] is None:
            faults.add(node, f"a join has no `{name}`")
    files, on, prefix = found["files"], found["on"], found["prefix"]
    pairs = faults.entries(on, of="`on`").items() if on is not None else ()
    take, order_by = found["take"], found["order_by"]
    if take is not None:
        faults.choice(take, ("first",), of="`take`")
    if (take is None) != (order_by is None):
        faults.add(node, "`take: first` needs `order_by`, a column that says which is first")
    return JoinMap(
        files=faults.texts(files, of="`files`") if files is not None else (),
        format=_read_format(faults, found["format"]),
        on=tuple((ours, faults.text(theirs, of="`on`")) for ours, (_, theirs) in pairs),
        prefix=faults.text(prefix, of="`prefix`") if prefix is not None else "",
        takes_first=take is not None,
        order_by=faults.texts(order_by, of="`order_by`") if order_by is not None else (),
    )


def _read_fields(feed: _Feed, node: Node, kind: RecordKind) -> tuple[FieldMap, ...]:
    names = [spec.name for spec in kind.fields if spec.name != "key"]
    entries = feed.faults.entries(node, of="`fields`")
    result = []
    for name, (key, value) in entries.items():
        spec = kind.field(name)
        if name == "key":
            feed.faults.add(key, "the key stands beside `fields`, as `key: column`")
        elif spec is None:
            hint = did_you_mean(name, names)
            known = ", ".join(names)
            feed.faults.add(key, f"{kind.name} has no field {name!r}{hint}; it has {known}")
        else:
            result.append(read_field(feed.faults, value, spec, feed.defaults))
    for spec in kind.fields:
        if spec.is_required and spec.name != "key" and spec.name not in entries:
            feed.faults.add(node, f"{kind.name} needs the field `{spec.name}`: {spec.about}")
    return tuple(result)


def _read_custom(feed: _Feed) -> tuple[FieldMap, ...]:
    node = feed.node_of("custom")
    if node is None:
        return ()
    result = []
    for name, (_, value) in feed.faults.entries(node, of="`custom`").items():
        kind = FieldType.TEXT
        if isinstance(value, yaml.MappingNode):
            inner = {str(key.value): entry for key, entry in value.value}
            if "type" in inner:
                word = feed.faults.choice(inner["type"], _CUSTOM_TYPES, of=f"`{name}.type`")
                kind = _CUSTOM_TYPES.get(word, kind)
        result.append(read_field(feed.faults, value, _custom_spec(name, kind), feed.defaults))
    return tuple(result)


def _read_region(feed: _Feed) -> FieldMap | None:
    node = feed.node_of("region")
    if node is None:
        return None
    return read_field(feed.faults, node, _custom_spec("region", FieldType.TEXT), feed.defaults)


def _custom_spec(name: str, kind: FieldType) -> FieldSpec:
    return FieldSpec(
        name=name,
        type=kind,
        about="Custom field.",
        sensitivity=Sensitivity.INTERNAL,
        is_required=False,
        refers_to=None,
        allowed=(),
    )


def _check_whole(feed: _Feed, feed_map: FeedMap) -> None:
    if feed_map.has_history and feed_map.known_at.is_silent:
        feed.faults.add(feed.node, f"{feed.of} has `history`, so it needs `known_at` for each row")
    if feed_map.known_at.is_silent:
        for field in feed_map.fields:
            if not field.known_at.is_silent:
                text = f"`{field.spec.name}.known_at` needs the row's own `known_at` beside `key`"
                feed.faults.add(_field_node(feed, field.spec.name), text)
    overlap = feed_map.ignore & frozenset((*used_columns(feed_map), *feed_map.plain))
    node = feed.node_of("ignore")
    if overlap and node is not None:
        names = ", ".join(sorted(overlap))
        feed.faults.add(node, f"`ignore` names what the mapping uses: {names}")


def _field_node(feed: _Feed, name: str) -> Node:
    node = feed.node_of("fields")
    entries = feed.faults.entries(node, of="`fields`") if node is not None else {}
    return entries[name][0] if name in entries else feed.node


def _digest(node: Node, salt: Any) -> str:
    """Names how a row is read; where it lies does not matter."""
    said = plain_value(node, leave_out=frozenset({"files"}))
    for name in ("sql", "rest"):
        said.pop(name, None)
    text = json.dumps([_SEMANTICS, salt, said], sort_keys=True, ensure_ascii=False)
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _lines(node: Node) -> dict[str, int]:
    """Every scalar of the feed → the first line on which it stands."""
    lines: dict[str, int] = {}
    for scalar in _scalars(node):
        lines.setdefault(str(scalar.value), scalar.start_mark.line + 1)
    return lines


def _scalars(node: Node) -> Iterable[Node]:
    if isinstance(node, yaml.ScalarNode):
        yield node
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _scalars(item)
    elif isinstance(node, yaml.MappingNode):
        # Values first: a column is asked for by a value, except in `on`, `only` and `not`.
        for _, value in node.value:
            yield from _scalars(value)
        for key, _ in node.value:
            yield from _scalars(key)
