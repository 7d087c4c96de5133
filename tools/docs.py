"""Are the generated reference pages what the code says? `--check` exits 1 where they are not."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "troth.site.settings")

import django

django.setup()

from troth.analysis import metrics  # noqa: E402
from troth.cli import reference as commands  # noqa: E402
from troth.core.access import reference as access  # noqa: E402
from troth.core.policies import reference as policies  # noqa: E402
from troth.core.records import reference as records  # noqa: E402
from troth.core.webhooks import reference as webhooks  # noqa: E402
from troth.store.classification import reference as personal_data  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
# One line a page.
PAGES: dict[str, Callable[[], str]] = {
    "docs/reference/records.md": records.reference,
    "docs/reference/metrics.md": metrics.reference,
    "docs/reference/policies.md": policies.reference,
    "docs/reference/personal-data.md": personal_data.reference,
    "docs/reference/access.md": access.reference,
    "docs/reference/commands.md": commands.reference,
    "docs/reference/webhooks.md": webhooks.reference,
}


def main() -> int:
    stale = []
    for name, make in PAGES.items():
        path, text = ROOT / name, make()
        if path.exists() and path.read_text("utf-8") == text:
            continue
        stale.append(name)
        if "--check" not in sys.argv:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    if "--check" in sys.argv and stale:
        print(f"not what the code says: {', '.join(stale)}. Run ./dev docs and commit.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
