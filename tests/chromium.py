"""A real Chromium, without a window, driven over its DevTools protocol: what a person would see and do."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from base64 import b64decode
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from tests.processes import wait_until
from tests.starting import wait_for_start
from websockets.sync.client import ClientConnection, connect

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
REPLY_SECONDS = 60.0

Json = dict[str, Any]


@dataclass
class Page:
    """One tab."""

    connection: ClientConnection
    sent: int = 0
    events: list[Json] = field(default_factory=list[Json])
    """What the browser said by itself: requests made, messages on the console."""

    def call(self, method: str, **parameters: Any) -> Json:
        """A command of the protocol, and its result."""
        self.sent += 1
        self.connection.send(json.dumps({"id": self.sent, "method": method, "params": parameters}))
        while True:
            message = json.loads(self.connection.recv(timeout=REPLY_SECONDS))
            if message.get("id") != self.sent:
                self.events.append(message)
            elif "error" in message:
                raise AssertionError(f"{method}: {message['error']}")
            else:
                return message["result"]

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression, which the tests alone run: the page's own policy does not hold for it."""
        found = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def open(self, url: str, width: int = 1280, height: int = 900, scheme: str = "light") -> None:
        """Go there, in a window of that size, and wait until it is loaded."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.call("Page.navigate", url=url)
        state = "location.href === 'about:blank' || document.readyState"
        wait_until(lambda: self.evaluate(state) == "complete", REPLY_SECONDS)

    def click(self, selector: str) -> None:
        """Press the mouse's button in the middle of an element."""
        place = self.evaluate(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)}); e.scrollIntoView({{block: 'center'}});"
            "const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=place[0], y=place[1], button="left", clickCount=1)

    def press(self, key: str, code: int, text: str = "") -> None:
        """A key, wherever the focus is."""
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, text=text)

    def type(self, text: str) -> None:
        """Text, wherever the focus is."""
        self.call("Input.insertText", text=text)

    def screenshot(self, path: Path) -> None:
        """What is in the window, as PNG."""
        path.write_bytes(b64decode(self.call("Page.captureScreenshot", format="png")["data"]))


@contextmanager
def browser() -> Generator[Page]:
    """A browser of its own, with an empty profile; ended, with its processes, when the block is left."""
    assert PROGRAM is not None
    profile = Path(tempfile.mkdtemp(prefix="tandem-chromium-"))
    process = subprocess.Popen(
        [
            PROGRAM,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            "--remote-debugging-port=0",
            f"--user-data-dir={profile}",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        with connect(_address(process, profile / "DevToolsActivePort"), max_size=None, proxy=None) as connection:
            page = Page(connection)
            for domain in ("Page", "Runtime", "Network", "Log"):
                page.call(f"{domain}.enable")
            yield page
            page.call("Browser.close")
            process.wait(timeout=20)
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(profile, ignore_errors=True)


def _address(process: subprocess.Popen[bytes], port_file: Path) -> str:
    """Of the first tab, once the browser has written down its port."""

    def look() -> tuple[str | None, object]:
        if not port_file.exists() or not (lines := port_file.read_text().splitlines()):
            return None, "no port"
        tabs = httpx.get(f"http://127.0.0.1:{lines[0]}/json/list", timeout=REPLY_SECONDS, trust_env=False).json()
        return next((tab["webSocketDebuggerUrl"] for tab in tabs if tab["type"] == "page"), None), "no tab"

    return wait_for_start(process, look, pause=0.05)
