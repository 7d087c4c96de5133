"""An API on the loopback that gives rows in pages, and misbehaves when it is told to."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Row = dict[str, Any]


@dataclass
class FakeApi:
    """Rows by id; `faults` are answered first, one each: a status, or what to do instead."""

    rows: list[Row] = field(default_factory=list)
    faults: list[tuple[int, dict[str, str]] | str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)  # method, path and query of each call
    sent: list[dict[str, str]] = field(default_factory=list)  # the headers of each call
    times: Counter[str] = field(default_factory=Counter)
    on_page: Callable[[int], None] = lambda _: None  # called before each page is made
    is_reversed: bool = False
    token: str = ""
    now: datetime | None = None
    extra_total: int = 0
    host: str = "127.0.0.1"
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}/api/"

    def answer(self, path: str, query: dict[str, str], body: Any) -> tuple[Any, dict[str, str]]:
        """The document and headers for one call."""
        if path.startswith("/api/detail/"):
            wanted = path.rpartition("/")[2]
            return {"row": next(row for row in self.rows if str(row["id"]) == wanted)}, {}
        if path == "/api/rpc":
            return self._rpc(body), {}
        size = int(query.get("size", "100"))
        start = int(query.get("offset") or query.get("cursor") or 0)
        if "page" in query:
            start = (int(query["page"]) - 1) * size
        self.on_page(start // size)
        rows = [row for row in self.rows if (row.get("changed") or "9") >= query.get("since", "")]
        if self.is_reversed:
            rows = rows[::-1]
        found, following = rows[start : start + size], start + size
        document: dict[str, Any] = {
            "data": {"items": [self._shown(row, path) for row in found]},
            "total": len(rows) + self.extra_total,
            "next": None,
        }
        headers = {}
        if following < len(rows):
            since = f"&since={query['since']}" if "since" in query else ""
            link = f"{self.url}rows?size={size}&offset={following}{since}"
            document |= {"next": str(following), "link": link}
            headers["Link"] = f'<{self.url}>; rel="first", <{link}>; rel="next"'
        return document, headers

    def _shown(self, row: Row, path: str) -> Row:
        return {"id": row["id"], "changed": row["changed"]} if path == "/api/ids" else row

    def _rpc(self, body: Any) -> Any:
        if body["method"] == "login":
            return {"result": [7, self.token] if body["params"][1] == "c4nary-pass" else None}
        since, offset, limit = body["params"]
        if isinstance(since, dict):
            names = ("year", "month", "day", "hour", "minute", "second")
            since = datetime(*(since[name] for name in names)).isoformat(sep=" ")
        rows = [row for row in self.rows if row["changed"] >= (since or "")]
        rows = rows[offset : offset + limit]
        return {"id": 1, "result": [{**row, "amount": _classed(row["amount"])} for row in rows]}

    def signed_by(self, headers: dict[str, str]) -> bool:
        return not self.token or self.token in headers.get("Authorization", "") + headers.get(
            "X-Key", ""
        )


def _classed(amount: str) -> dict[str, str]:
    return {"__class__": "Decimal", "decimal": amount}


@contextmanager
def serving(api: FakeApi) -> Iterator[FakeApi]:
    """The API on a free port of the loopback, until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # headers and body in one packet

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def log_message(self, format: str, *args: Any) -> None:
            pass

        def date_time_string(self, timestamp: Any = None) -> str:
            return format_datetime(api.now or datetime.now(UTC), usegmt=True)

        def _answer(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = urlsplit(self.path)
            query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
            api.asked.append(f"{self.command} {self.path}")
            api.sent.append(dict(self.headers))
            api.times[self.path] += 1
            fault = api.faults.pop(0) if api.faults else "none"
            if fault != "none":
                if isinstance(fault, str):
                    self._break(fault)
                else:
                    self._send(fault[0], b'{"error": "told to"}', fault[1])
                return
            body = json.loads(raw) if raw.startswith(b"{") else raw.decode()
            if parts.path == "/api/token":
                token = {"access_token": api.token}
                self._send(200, json.dumps(token).encode(), {})
                return
            is_login = isinstance(body, dict) and body.get("method") == "login"
            if not is_login and not api.signed_by(dict(self.headers)):
                seen = self.headers.get("Authorization") or self.headers.get("X-Key") or "nothing"
                self._send(401, f"no, not with {seen}".encode(), {})
                return
            document, headers = api.answer(parts.path, query, body)
            self._send(200, json.dumps(document).encode(), headers)

        def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def _break(self, how: str) -> None:
            """Stop in the middle: half of an answer, or none."""
            if how == "half":
                self.send_response(200)
                self.send_header("Content-Length", "1000")
                self.end_headers()
                self.wfile.write(b'{"data": {"items": [')
            elif how == "no json":
                self._send(200, b"<html>Sign in</html>", {})
            self.close_connection = True

    server = ThreadingHTTPServer((api.host, 0), Handler)
    server.daemon_threads = True
    api.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
