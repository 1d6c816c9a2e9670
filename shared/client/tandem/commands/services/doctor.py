"""`tandem doctor`: check what both services need on this machine."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import typer
from rich.markup import escape
from rich.table import Table

from tandem.options import AsJson, console, print_json
from tandem.tables.results import plain_table
from tandem.transport.connections import SERVICES

_SECONDS = 600
_COLOURS = {"ok": "green", "warning": "yellow", "failed": "bold red"}


def doctor(as_json: AsJson = False) -> None:
    """Check settings, storage, job table, disk, memory, Java, Spark and TensorFlow as the services would find them.

    Run it on the services' machine, with their environment. Ends with code 1 where a check failed.
    """
    findings: list[dict[str, Any]] = []
    out = console(stderr=as_json)
    for service in SERVICES:
        out.print(f"checking what {service} needs …")
        findings += findings_of(service)
    if as_json:
        print_json(findings)
    else:
        out.print(_table(findings))
        for finding in findings:
            if finding["remedy"]:
                out.print(f"{finding['service']}, {finding['check']}: {escape(finding['remedy'])}")
    if any(finding["status"] == "failed" for finding in findings):
        raise typer.Exit(1)


def findings_of(service: str) -> Iterator[dict[str, Any]]:
    """Yield what a service's own checks find; what it cannot start for, and that it is not installed, are findings."""
    if importlib.util.find_spec(service) is None:
        yield _finding(service, "installed", "warning", "it is not installed here", "run the check where it is")
        return
    command = [sys.executable, "-m", f"{service}.doctor"]
    try:
        child = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
        printed, errors, code = child.stdout, child.stderr, child.returncode
    except subprocess.TimeoutExpired:
        yield _finding(service, "checks", "failed", f"no end after {_SECONDS} s", "look at the machine's load")
        return
    lines = [line for line in printed.splitlines() if line.startswith('{"check"')]
    for line in lines:
        yield {"service": service, **json.loads(line)}
    if code or not lines:
        last = "\n".join(errors.strip().splitlines()[-10:])
        yield _finding(service, "settings" if not lines else "checks", "failed", last, "correct what the detail names")


def _finding(service: str, check: str, status: str, detail: str, remedy: str) -> dict[str, Any]:
    return {"service": service, "check": check, "status": status, "detail": detail, "remedy": remedy}


def _table(findings: list[dict[str, Any]]) -> Table:
    table = plain_table("service", "check", "", "detail")
    for finding in findings:
        status = finding["status"]
        mark = f"[{_COLOURS[status]}]{status}[/]"
        table.add_row(finding["service"], finding["check"], mark, escape(finding["detail"]))
    return table
