"""Has every write an author, and every read a viewer?"""

from __future__ import annotations

import ast

from tests.architecture.source import Function, below

# Verbs that write a row, an audit entry or a job.
WRITES = {
    "bulk_create", "bulk_update", "create", "delete", "get_or_create", "save", "update",
    "update_or_create", "upsert_changed", "recorded",
}  # fmt: skip
# Functions of actions/ that write and have no author of their own, each with its reason.
WITHOUT_AUTHOR = {
    "actions.decisions.record": "runs in the transaction of the action that decides",
    "actions.idempotency.answer_once": "the caller's own author writes; the key is no record",
    "actions.idempotency.forget_answers": "forgets answers that have run out; no record changes",
    "actions.idempotency.claim": "binds keys to its holder, who is the author",
    "actions.outbox.tell": "runs in the transaction of the action that tells",
    "actions.webhooks.disable": "runs in the entry of the action that disables",
    "actions.people.redeem_login_link": "the link itself says who it is",
    "actions.sessions.forget_ended": "forgets visits that have run out; no record changes",
    "actions.people.system_user": "makes the author that all others are made by",
    "actions.people.user_of_token": "the token itself says who it is; notes when it was used",
    "actions.promises.upsert_promises": "runs in the transaction of the action that decides",
    "actions.recording.recorded": "is what asks for the author",
    "actions.superseding.end_superseded": "runs in the entry of the action that publishes",
    "actions.upserting.upsert_changed": "runs in the transaction of the action that calls it",
}
# Functions of store.queries that are parts of a reader: they run inside its transaction.
WITHOUT_VIEWER = {
    "queries.audit.audit_row": "turns a row into a record",
    "queries.changes.change_row": "turns a row into a record",
    "queries.changes.in_state": "a part of the readers of changes",
    "queries.clocks.clock_row": "turns a row into a record",
    "queries.decisions.decision_row": "turns a row into a record",
    "queries.lists.choices": "a part of every list",
    "queries.lists.cut": "a part of every list",
    "queries.lists.ordered": "a part of every list",
    "queries.lists.summed": "a part of every list",
    "queries.reads.give_back": "the notes of all viewers",
    "queries.reads.take_noted": "the notes of all viewers",
    "queries.orders.latest_facts": "a part of the readers of orders and the timeline",
    "queries.outbox.backlog_now": "the machine's own health: counts, and nobody's name",
    "queries.slices.sliced": "a part of every slice",
    "queries.viewing.acting": "makes the viewer, of the author",
    "queries.viewing.as_nobody": "is no viewer, who sees nothing",
    "queries.viewing.as_the_program": "is the viewer who sees everything",
    "queries.viewing.viewer_of": "makes the viewer",
}


def _short(module: str, function: Function) -> str:
    return ".".join([*module.split(".")[-2:], function.name])


def _keyword_only(function: Function) -> set[str]:
    return {arg.arg for arg in function.args.kwonlyargs}


def _writes(function: Function) -> bool:
    return any(
        isinstance(node, ast.Call)
        and ast.unparse(node.func).split(".")[-1] in WRITES
        and not ast.unparse(node.func).startswith(("dict", "hashlib"))
        for node in ast.walk(function)
    )


def test_every_action_that_writes_takes_acting_user_by_keyword() -> None:
    offenders = [
        f"{module.place}:{function.lineno}: {function.name}"
        for module in below("troth.actions")
        for function in module.public_functions()
        if _writes(function)
        and "acting_user" not in _keyword_only(function)
        and _short(module.name, function) not in WITHOUT_AUTHOR
    ]
    assert offenders == []


def test_nobody_passes_an_author_by_position() -> None:
    offenders = [
        f"{module.place}:{function.lineno}: {function.name}"
        for module in below("troth.actions")
        for function in module.public_functions()
        if "acting_user" in {arg.arg for arg in function.args.args}
    ]
    assert offenders == []


def test_every_query_takes_the_viewer() -> None:
    offenders = []
    for module in below("troth.store.queries"):
        for function in module.public_functions():
            names = _keyword_only(function) | {arg.arg for arg in function.args.args}
            # A sight is what `viewing` hands out: the viewer, and how far they see.
            is_exempt = _short(module.name, function) in WITHOUT_VIEWER
            if not names & {"viewer", "sight"} and not is_exempt:
                offenders.append(f"{module.place}:{function.lineno}: {function.name}")
    assert offenders == []


def test_what_a_page_may_call_takes_the_viewer_by_keyword() -> None:
    # A reader opens the viewer's transaction; whoever is handed a viewer runs inside of one.
    offenders = [
        f"{module.place}:{function.lineno}: {function.name}"
        for module in below("troth.store.queries")
        for function in module.public_functions()
        if "with viewing(" in ast.unparse(function)
        and "viewer" not in _keyword_only(function)
        and function.name != "moment_of"  # asked for beside every list, with nothing else to name
    ]
    assert offenders == []


def test_no_exemption_outlives_what_it_exempts() -> None:
    actions = {
        _short(module.name, function)
        for module in below("troth.actions")
        for function in module.public_functions()
    }
    queries = {
        _short(module.name, function)
        for module in below("troth.store.queries")
        for function in module.public_functions()
    }
    assert set(WITHOUT_AUTHOR) - actions == set()
    assert set(WITHOUT_VIEWER) - queries == set()


def test_pages_routes_and_commands_write_no_row_themselves() -> None:
    verbs = {"bulk_create", "bulk_update", "get_or_create", "update_or_create", "save"}
    offenders = [
        f"{module.place}:{node.lineno}: {ast.unparse(node.func)}"
        for layer in ("console", "api", "cli", "jobs")
        for module in below(f"troth.{layer}")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and (node.func.attr in verbs or ast.unparse(node.func).endswith("objects.create"))
    ]
    assert offenders == [], "a write is a verb in actions/"
