"""Functions of contexts (DMN 1.5, 10.3.4.10)."""

from __future__ import annotations

from troth.core.feel.arithmetic import NoValue
from troth.core.feel.builtins.table import builtin
from troth.core.feel.values import Value


@builtin("get value(m: context, key: string)", "get value(context: context, key: string)")
def _get_value(context: dict[str, Value], key: str) -> Value:
    if key not in context:
        raise NoValue(f"the context has no entry `{key}`")
    return context[key]


@builtin("get entries(m: context)", "get entries(context: context)")
def _get_entries(context: dict[str, Value]) -> Value:
    return [{"key": name, "value": value} for name, value in context.items()]


@builtin("context(entries: list)")
def _context(entries: list[Value]) -> Value:
    made: dict[str, Value] = {}
    for entry in entries:
        if not isinstance(entry, dict) or not {"key", "value"} <= entry.keys():
            raise NoValue("each entry is a context with a key and a value")
        if not isinstance(entry["key"], str) or entry["key"] in made:
            raise NoValue("keys are texts, and each is there once")
        made[entry["key"]] = entry["value"]
    return made


@builtin("context put(context: context, key: string, value: Any?)")
def _put(context: dict[str, Value], key: str, value: Value) -> Value:
    return {**context, key: value}


@builtin("context put(context: context, keys: list, value: Any?)")
def _put_deep(context: dict[str, Value], keys: list[Value], value: Value) -> Value:
    if not keys or not all(isinstance(key, str) for key in keys):
        raise NoValue("the keys are one text or more")
    if len(keys) == 1:
        return {**context, keys[0]: value}
    inner = context.get(keys[0])
    if inner is None:
        inner = {}
    if not isinstance(inner, dict):
        raise NoValue(f"`{keys[0]}` is no context")
    return {**context, keys[0]: _put_deep(inner, keys[1:], value)}


@builtin("context merge(contexts: list)")
def _merge(contexts: list[Value]) -> Value:
    made: dict[str, Value] = {}
    for context in contexts:
        if not isinstance(context, dict):
            raise NoValue("only contexts are merged")
        made |= context
    return made
