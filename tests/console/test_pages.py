"""Do all pages stand in a real browser: for every role, narrow and wide, light and dark?

Driven in Chromium. Where there is none the tests skip, saying so; in CI that is a failure.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application
from tests.console.company import add_company, add_people
from tests.console.test_rights import PAGES, address

from troth.core.access.roles import Role, may
from troth.store.models import User
from troth.store.server import Server
from troth.store.sessions import SessionStore
from troth.store.tables import refresh

pytestmark = pytest.mark.page

_CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_PEOPLE = [role for role in Role if role is not Role.INTEGRATION]
_WALKED = [page for page in PAGES if "format=" not in page and ".json" not in page]
_WALKED = [
    page
    for page in _WALKED
    if not page.endswith(("/why", "/timeline", "/consequences", "q=geheim"))
]
_LOOKS = [(width, scheme) for width in (1440, 390) for scheme in ("light", "dark")]
# axe judges sizes by the width and contrast by the scheme: these two have each of them.
_JUDGED = ((1440, "light"), (390, "dark"))


class _Quiet(WSGIRequestHandler):
    """Writes no line a request."""

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def serving() -> Iterator[str]:
    """The whole application on a free port of the loopback."""
    server = ThreadedWSGIServer(("127.0.0.1", 0), _Quiet, allow_reuse_address=False)
    server.set_app(get_wsgi_application())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if _CHROMIUM is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI has no Chromium: the pages were not walked.")
        pytest.skip("No Chromium here (apt-get install chromium): the pages were not walked.")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=_CHROMIUM, args=list(_ARGUMENTS), headless=True
        )
        yield started
        started.close()


@pytest.fixture(scope="module")
def artefacts() -> Path:
    """Where the pictures go: never into the tree."""
    named = os.environ.get("TROTH_ARTIFACTS")
    # One folder a user: another's, in a shared temporary folder, cannot be written to.
    own = Path(tempfile.gettempdir()) / f"troth-pages-{os.getuid()}"
    folder = Path(named) if named else own
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def site(own_database: Server, workspace: Path) -> Iterator[tuple[str, dict[Role, User]]]:
    """The application over a company, with measures; and its people."""
    people = add_people()
    add_company(12)
    refresh(workspace / ".troth" / "tables")
    with serving() as origin:
        yield origin, people


def signed_in(browser: Any, origin: str, user: User, *, width: int, scheme: str) -> Any:
    """A browser context in which somebody is signed in."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": session.session_key, "url": origin}]
    )
    return context


@contextmanager
def watched(context: Any) -> Iterator[tuple[Any, list[str]]]:
    """A page, and what it complained about."""
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(f"script: {error}"))
    page.on(
        "console",
        lambda line: (
            complaints.append(f"{line.type}: {line.text}")
            if line.type in ("error", "warning") and "status of 403" not in line.text
            else None
        ),
    )
    yield page, complaints
    context.close()


def violations(page: Any) -> list[str]:
    """What axe finds, one line each."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [
        f"{item['id']}: {item['help']} at {[node['target'] for node in item['nodes'][:3]]}"
        for item in found
    ]


_OVERFLOW = """() => {
  const root = document.documentElement;
  if (root.scrollWidth <= root.clientWidth) return [];
  return [...document.querySelectorAll('body *')]
    .filter((item) => item.getBoundingClientRect().right > root.clientWidth + 1)
    .slice(0, 4).map((item) => item.tagName + '.' + item.className);
}"""


def faults_of(page: Any, complaints: list[str], *, thoroughly: bool = True) -> list[str]:
    """All that is wrong with the page as it stands; `thoroughly`: by axe too."""
    wide = page.evaluate(_OVERFLOW)
    found = [*complaints, *([f"scrolls sideways: {wide}"] if wide else [])]
    found += violations(page) if thoroughly else []
    complaints.clear()
    return found


@pytest.mark.parametrize("role", _PEOPLE)
def test_every_page_stands_for_every_role(
    browser: Any, site: tuple[str, dict[Role, User]], artefacts: Path, role: Role
) -> None:
    """The administrator sees every page at each width and in each scheme. The other roles share
    out all four looks and the pages, each page to two of those who may see it, and see one
    refusal: all refusals look the same, and test_rights.py asks for each.
    """
    origin, people = site
    turn = _PEOPLE.index(role)
    _walk(browser, origin, people[role], role, artefacts, _looks(role, turn))


@pytest.mark.soak
def test_every_page_stands_in_every_look(
    browser: Any, site: tuple[str, dict[Role, User]], artefacts: Path
) -> None:
    origin, people = site
    role = Role.ADMINISTRATOR
    _walk(browser, origin, people[role], role, artefacts, _LOOKS)


def _looks(role: Role, turn: int) -> Sequence[tuple[int, str]]:
    return _JUDGED if role is Role.ADMINISTRATOR else [_LOOKS[turn % len(_LOOKS)]]


def _walk(
    browser: Any,
    origin: str,
    user: User,
    role: Role,
    artefacts: Path,
    looks: Sequence[tuple[int, str]],
) -> None:
    statuses = {page: 200 if _may(role, page) else 403 for page in _WALKED}
    refused = [page for page in _WALKED if statuses[page] == 403][:1]
    faults: dict[str, list[str]] = {}
    for look in looks:
        context = signed_in(browser, origin, user, width=look[0], scheme=look[1])
        # What the others see is made of the same parts.
        judged = role is Role.ADMINISTRATOR and look in _JUDGED
        with watched(context) as (page, complaints):
            for name in [*_pages_of(role), *refused]:
                answer = page.goto(origin + address(name))
                if name.startswith("/measures"):
                    page.wait_for_selector(".chart svg")
                found = faults_of(page, complaints, thoroughly=judged)
                if answer.status != statuses[name]:
                    found.append(f"status {answer.status}, not {statuses[name]}")
                if found:
                    faults[f"{name} at {look[0]} {look[1]}"] = found
                if role is Role.ADMINISTRATOR:
                    page.screenshot(path=artefacts / f"{_file(name)}-{look[0]}-{look[1]}.png")
    assert faults == {}


def _may(role: Role, page: str) -> bool:
    right = PAGES[page]
    return right is None or may(role, right)


def _pages_of(role: Role) -> list[str]:
    """The pages that this role looks at."""
    if role is Role.ADMINISTRATOR:
        return _WALKED
    found = []
    for turn, page in enumerate(_WALKED):
        others = [one for one in _PEOPLE if one is not Role.ADMINISTRATOR and _may(one, page)]
        chosen = {others[(turn + more) % len(others)] for more in range(2)} if others else set()
        if role in chosen:
            found.append(page)
    return found


def _file(page: str) -> str:
    return page.strip("/").replace("/{", "-").replace("}", "").replace("/", "-") or "today"


def test_the_door_stands(browser: Any, site: tuple[str, dict[Role, User]]) -> None:
    origin, _people = site
    for width, scheme in _LOOKS:
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        with watched(context) as (page, complaints):
            page.goto(f"{origin}/sign-in")
            assert faults_of(page, complaints) == []


def test_the_keyboard_alone_suffices(browser: Any, site: tuple[str, dict[Role, User]]) -> None:
    origin, people = site
    context = signed_in(browser, origin, people[Role.AGENT], width=1440, scheme="light")
    with watched(context) as (page, complaints):
        page.goto(origin, wait_until="networkidle")
        page.keyboard.press("g")
        page.keyboard.press("o")
        page.wait_for_url("**/orders")
        page.keyboard.press("j")
        page.keyboard.press("j")
        chosen = page.evaluate("document.activeElement.textContent")
        page.keyboard.press("w")
        page.wait_for_selector("#why[open]")
        assert chosen in page.inner_text("#why")
        assert violations(page) == []
        page.keyboard.press("Escape")
        page.wait_for_selector("#why:not([open])", state="attached")
        page.locator("tr[data-at] a.main").first.focus()
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/orders/{chosen}")
        page.keyboard.press("Escape")
        page.wait_for_url("**/orders")
        assert complaints == []


def test_the_palette_finds_a_customer_and_opens_it(
    browser: Any, site: tuple[str, dict[Role, User]]
) -> None:
    origin, people = site
    context = signed_in(browser, origin, people[Role.AGENT], width=1440, scheme="dark")
    with watched(context) as (page, complaints):
        page.goto(origin, wait_until="networkidle")
        page.keyboard.press("Control+k")
        page.wait_for_selector("#palette .option")
        assert violations(page) == []
        page.keyboard.type("werke 007")
        page.wait_for_selector("#palette .option:has-text('Geheim Werke 007')")
        page.keyboard.press("Enter")
        page.wait_for_url("**/customers/cus_*")
        assert "Geheim Werke 007" in page.inner_text("h1")
        assert complaints == []


def test_a_filter_changes_rows_and_address_without_a_new_page(
    browser: Any, site: tuple[str, dict[Role, User]]
) -> None:
    origin, people = site
    context = signed_in(browser, origin, people[Role.AGENT], width=1440, scheme="light")
    with watched(context) as (page, complaints):
        page.goto(f"{origin}/orders", wait_until="networkidle")
        page.evaluate("window.isSamePage = true")
        page.select_option("select[name=state]", "late")
        page.wait_for_url("**/orders?*state=late*")
        page.wait_for_function("document.querySelectorAll('tr[data-row]').length === 12")
        assert page.evaluate("window.isSamePage") is True
        assert "state=late" in page.get_attribute("[data-csv]", "href")
        assert complaints == []


def test_charts_are_drawn_under_the_strict_policy(
    browser: Any, site: tuple[str, dict[Role, User]]
) -> None:
    origin, people = site
    context = signed_in(browser, origin, people[Role.EXECUTIVE], width=1440, scheme="light")
    with watched(context) as (page, complaints):
        answer = page.goto(f"{origin}/measures/promise_coverage", wait_until="networkidle")
        assert "unsafe-eval" not in answer.headers["content-security-policy"]
        page.wait_for_selector(".chart svg path[aria-roledescription], .chart svg g path")
        assert complaints == []


def test_a_rail_opens_as_a_sheet_on_a_phone(
    browser: Any, site: tuple[str, dict[Role, User]]
) -> None:
    origin, people = site
    context = signed_in(browser, origin, people[Role.AUDITOR], width=390, scheme="light")
    with watched(context) as (page, complaints):
        page.goto(origin, wait_until="networkidle")
        page.click("[data-open=sheet]")
        page.click("#sheet a[href='/audit']")
        page.wait_for_url("**/audit")
        assert complaints == []
