#!/usr/bin/env python3
"""Times the pages of the portal: walks dialogues of a running host and prints the milliseconds of each page.

    cargo run --release -- dev plugins --open-door
    tests/benchmarks/portal_pages.py 127.0.0.1:8080

Each page is asked for five times over one connection, from this machine; the least time counts. The walks stay within
the host's limit for one address.
"""

import http.client
import sys
import time
from html.parser import HTMLParser
from urllib.parse import urlencode

REPEATS = 5
# The host answers an address 20 times a second by default.
PAUSE_S = 0.06
QUESTIONS_MAX = 40
PATHS = [
    "/",
    "/places/CN-370602",
    "/places/CN-370602/services/disability-care-subsidy",
    "/places/CN-3301/services/minimum-living-allowance",
    "/places/US-TN/services/cash-assistance",
    "/places/US-FL/services/cash-assistance",
    "/places/NZ/services/rates-rebate",
    "/places/US-MD/services/county-income-tax",
]


class Forms(HTMLParser):
    """The forms of a page that are sent by POST, each as its fields."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: list[list[dict[str, str]]] = []
        self.is_post = False
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attributes}
        if tag == "form":
            self.is_post = found.get("method", "").lower() == "post"
            if self.is_post:
                self.forms.append([])
        elif self.is_post and tag in ("input", "button") and "name" in found:
            self.forms[-1].append(found)


def timed(connection: http.client.HTTPConnection, path: str, body: str | None) -> tuple[str, float]:
    """The page, and the least milliseconds that it took."""
    headers = {"accept-language": "en"}
    if body is not None:
        headers["content-type"] = "application/x-www-form-urlencoded"
    least = float("inf")
    page = ""
    for _ in range(REPEATS):
        time.sleep(PAUSE_S)
        begun = time.perf_counter()
        connection.request("GET" if body is None else "POST", path, body, headers)
        reply = connection.getresponse()
        page = reply.read().decode()
        least = min(least, (time.perf_counter() - begun) * 1000)
        if reply.status != 200:
            sys.exit(f"{path} answers {reply.status}")
    return page, least


def next_fields(page: str) -> dict[str, str] | None:
    """What the first answer to a question sends; `None` on a page without a question."""
    asked = [form for form in Forms(page).forms if any(field["name"] == "question" for field in form)]
    if not asked:
        return None
    fields: dict[str, str] = {}
    days = {"answer-year": "1980", "answer-month": "3", "answer-day": "1"}
    for field in asked[-1]:
        name, kind = field["name"], field.get("type", "text")
        if kind in ("hidden", "radio"):
            fields.setdefault(name, field.get("value", ""))
        elif kind in ("text", "number"):
            fields[name] = days.get(name, "1")
    return {**fields, "action": "next"}


def main() -> None:
    connection = http.client.HTTPConnection(sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:8080")
    slowest = 0.0
    for path in PATHS:
        page, least = timed(connection, path, None)
        times = [least]
        fields = {"action": "start"} if "/services/" in path else None
        while fields is not None and len(times) < QUESTIONS_MAX:
            page, least = timed(connection, path, urlencode(fields))
            times.append(least)
            fields = next_fields(page)
        slowest = max(slowest, *times)
        print(f"{path:55} {' '.join(f'{one:.1f}' for one in times)}")
    print(f"the slowest page took {slowest:.1f} ms")


main()
