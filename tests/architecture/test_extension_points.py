"""Is whatever was added whole? Each test names what is still missing."""

from __future__ import annotations

import re

import pytest
from tests.architecture.source import PACKAGE, ROOT

from troth.analysis.metrics.registry import FAMILIES, METRICS
from troth.cli import COMMANDS
from troth.console.urls import urlpatterns
from troth.core.decisions.kinds import KINDS, DecisionKind
from troth.core.policies.kinds import KINDS as POLICIES
from troth.core.records.kinds import KINDS as RECORDS
from troth.core.records.values import Sensitivity

TESTS = ROOT / "tests"
# Addresses that show no page of their own: they answer a part, a picture, a file or a redirect.
NO_PAGE = {
    "change_check",
    "change_edit",
    "change_propose",
    "change_publish",
    "change_replay",
    "change_sign",
    "change_withdraw",
    "assessment_refuse",
    "assessment_sign",
    "consent_record",
    "difference_accept",
    "add_token", "asset", "audit_checkpoint", "audit_prove", "end_session", "end_token",
    "freeze_cancel", "freeze_feed", "freeze_override",
    "consequences", "keep_apart", "language", "make_one", "merge_now", "withdraw",
    "name_person", "palette", "parts", "person_act", "picture",
    "policy_consolidate", "policy_rollback", "privacy_erase", "privacy_export", "receipt",
    "replay_all", "replay_one", "restrict",
    "review_glass", "rollout_advance", "rollout_check", "rollout_rollback", "search",
    "second_factor_off", "send_all", "send_one", "shared", "sign_in_link", "sign_out", "timeline",
    "unname_person", "unrestrict", "why",
}  # fmt: skip


def _text(*folders: str) -> str:
    return "\n".join(
        path.read_text("utf-8")
        for folder in folders
        for path in sorted((ROOT / folder).rglob("*"))
        if path.suffix in (".py", ".md", ".html")
    )


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.name} {kind.semantics}")
def test_a_decision_kind_is_whole(kind: DecisionKind) -> None:
    missing = []
    if not (PACKAGE / "core" / "decisions" / f"{kind.name}.py").exists():
        missing.append(f"src/troth/core/decisions/{kind.name}.py")
    if not (kind.input_schema.get("properties") and kind.about.endswith(".")):
        missing.append("its input schema in core/decisions/input_schemas.py, and what it is about")
    if not (TESTS / "core" / "decisions" / f"test_{kind.name}.py").exists():
        missing.append(f"tests/core/decisions/test_{kind.name}.py")
    if not re.search(rf"\b{kind.name}\b", _text("tests/scenarios")) and kind.name not in TABLED:
        missing.append(f"a table in tests/scenarios/ that names {kind.name}")
    if f"`{kind.name}`" not in _text("docs"):
        missing.append(f"a mention of `{kind.name}` in docs/")
    assert missing == []


# Kinds whose outcome has no table of its own: which table shows their rules instead.
TABLED = {
    "promise": "precedence.md (what is promised) and the replay of history in its test",
    "prioritise": "clocks.md (when a case is due)",
}


def test_every_metric_says_what_it_is_whose_it_is_and_which_way_is_good() -> None:
    incomplete = [
        metric.name
        for metric in METRICS.values()
        if not (
            metric.definition.endswith(".")
            and metric.title.endswith("?")
            and metric.owner
            and metric.source
            and metric.unit
            and metric.better
        )
    ]
    assert incomplete == []


def test_every_metric_is_tried() -> None:
    tried = _text("tests/analysis/metrics")
    assert [name for name in METRICS if f'"{name}"' not in tried] == []


def test_every_family_of_metrics_has_its_module_and_its_test() -> None:
    for family in FAMILIES:
        assert (PACKAGE / "analysis" / "metrics" / f"{family}.py").exists(), family
        tests = {path.name for path in (TESTS / "analysis" / "metrics").glob("test_*.py")}
        assert {f"test_{family}_metrics.py", f"test_{family.rstrip('s')}_metrics.py"} & tests


def test_every_connector_passes_the_shared_suite() -> None:
    suite = (TESTS / "connectors" / "test_every_connector.py").read_text("utf-8")
    connectors = {path.parent.name for path in (PACKAGE / "connectors").glob("*/connector.py")}
    missing = {name for name in connectors if f"troth.connectors.{name}" not in suite}
    assert missing == set(), "add a line to SOURCES in tests/connectors/test_every_connector.py"


def test_every_page_of_the_console_has_a_template_and_is_walked() -> None:
    walked = _text("tests/console")
    missing = []
    for pattern in urlpatterns:
        name = str(pattern.name)
        if name in NO_PAGE:
            continue
        if not (PACKAGE / "console" / "templates" / "pages" / f"{name}.html").exists():
            missing.append(f"templates/pages/{name}.html")
        route = str(pattern.pattern).split("<")[0]
        if f'"{name}"' not in walked and f'"/{route}' not in walked and f"/{route}" not in walked:
            missing.append(f"a test of {name} in tests/console/")
    assert missing == []


def test_every_field_of_a_record_says_what_it_means_and_how_sensitive_it_is() -> None:
    incomplete = [
        f"{kind.name}.{spec.name}"
        for kind in RECORDS
        for spec in kind.fields
        if not spec.about.strip() or not isinstance(spec.sensitivity, Sensitivity)
    ]
    assert incomplete == []


def test_every_output_of_a_policy_says_what_it_is_and_which_way_is_better() -> None:
    silent = [
        f"{kind.name}.{spec.name}"
        for kind in POLICIES
        for spec in kind.outputs
        if not spec.about.endswith(".")
    ]
    assert silent == []


def test_every_policy_kind_is_in_the_starter_file() -> None:
    starter = (PACKAGE / "connectors" / "starter" / "company.yaml").read_text("utf-8")
    assert [kind.name for kind in POLICIES if f"kind: {kind.name}\n" not in starter] == []


def test_every_command_has_a_module_and_every_module_of_a_command_its_line() -> None:
    modules = {
        f"troth.cli.{path.stem}"
        for path in (PACKAGE / "cli").glob("*.py")
        if re.search(r"^def command\(", path.read_text("utf-8"), re.MULTILINE)
    }
    assert modules == {module for module, _ in COMMANDS.values()}
