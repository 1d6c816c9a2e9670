"""Every route of both real applications, asked by every kind of caller: none, wrong ones, every role, and other names."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from tests.apps import serving
from tests.modeling.trained import Trained

from contracts.access.roles import Grant, Role
from contracts.access.tokens_file import TokensFile
from modeling.main import make_app as make_modeling
from modeling.settings import ModelingSettings
from preprocessing.main import make_app as make_preprocessing
from preprocessing.settings import PreprocessingSettings

EVERYONE = {"none", "wrong", "expired", "revoked", "others", *Role}
KNOWN = {"others", *Role}
READERS, PREDICTORS, TRAINERS = (
    {Role.READ, Role.TRAIN, Role.ADMIN},
    {Role.PREDICT, Role.TRAIN, Role.ADMIN},
    {Role.TRAIN, Role.ADMIN},
)
USERS = READERS | PREDICTORS
ADMINS = {Role.ADMIN}

OPEN = {
    "GET /health/live", "GET /health/ready", "GET /health", "GET /ping", "GET /v2/health/live", "GET /v2/health/ready",
    "GET /docs", "GET /openapi.json", "/docs/files",
}  # fmt: skip
SHARED = {
    **dict.fromkeys(OPEN, EVERYONE),
    **dict.fromkeys(["GET /", "GET /jobs", "GET /jobs/newest", "GET /v1/jobs"], KNOWN),
    **dict.fromkeys([f"GET /v1/jobs/{{job_id}}{rest}" for rest in ("", "/events", "/log")], READERS),
    "GET /jobs/{job_id}": READERS,
    "POST /v1/jobs/{job_id}:cancel": TRAINERS,
    "GET /metrics": set[str](),  # needs `read` of all names, which none of these callers has
}  # fmt: skip
ADMITTED: dict[str, dict[str, Any]] = {
    "preprocessing": {
        **SHARED,
        "POST /v1/datasets": TRAINERS,
        "GET /v1/datasets": {"others", *READERS},
        "DELETE /v1/datasets/{name}": ADMINS,
        "POST /v1/schemas:infer": {"others", *TRAINERS},
        "PUT /v1/sources/{path:path}": TRAINERS,
        **{f"GET /v1/datasets/{{name}}{rest}": READERS for rest in ("", "/report", "/rejected-rows", "/statistics")},
        "GET /v1/datasets/{name}/vocabularies/{feature:path}": READERS,
        "POST /v1/datasets/{name}:compare": READERS,
    },
    "modeling": {
        **SHARED,
        **{
            f"POST /v1/models/{{model}}{which}:{verb}": PREDICTORS
            for which in ("", "/versions/{version}", "/labels/{label}")
            for verb in ("predict", "classify", "regress")
        },
        **{
            f"GET /v2/models/{{model}}{which}{what}": READERS if what == "/stats" else PREDICTORS
            for which in ("", "/versions/{version}")
            for what in ("", "/ready", "/config", "/stats")
        },
        "POST /v2/models/{model}/infer": PREDICTORS,
        "POST /v2/models/{model}/versions/{version}/infer": PREDICTORS,
        "POST /invocations": PREDICTORS,
        **dict.fromkeys(["GET /v2", "GET /v2/models/stats", "POST /v2/repository/index"], KNOWN),
        "POST /v2/repository/models/{model}/{verb}": KNOWN,
        "POST /v1/models/{model}:{verb}": KNOWN,
        "POST /v1/models/{model}/{by}/{which}:{verb}": KNOWN,
        "GET /v1/models": {"others", *READERS},
        **{
            f"GET /v1/models/{{model}}{rest}": READERS
            for rest in (
                "", "/metadata", "/versions", "/labels", "/labels/{label}", "/labels/{label}/metadata", "/versions/{version}",
                "/versions/{version}/metadata", "/versions/{version}/evaluation", "/versions/{version}/report",
                "/versions/{version}/changes",
            )
        },
        "POST /v1/models/{model}:skew": READERS,
        **dict.fromkeys(["DELETE /v1/models/{model}", "DELETE /v1/models/{model}/versions/{version}"], ADMINS),
        "PUT /v1/models/{model}/labels/{label}": TRAINERS,
        "DELETE /v1/models/{model}/labels/{label}": TRAINERS,
        "POST /v1/trainings": TRAINERS,
        "GET /datasets/{dataset}": READERS,
        "POST /v1/batch-predictions": PREDICTORS,
        "GET /v1/batch-predictions": {"others", *PREDICTORS},
        "GET /v1/batch-predictions/{name}": PREDICTORS,
        "GET /v1/batch-predictions/{name}/rejected-rows": PREDICTORS,
        "DELETE /v1/batch-predictions/{name}": ADMINS,
    },
}  # fmt: skip
"""Reviewed by hand, apart from the declarations: who passes. Grants are for `mine-*`, those of `others` for `else-*`."""

MODEL = "m"
SOURCE = {"uris": ["a.csv"], "format": "csv"}
BODIES: dict[str, Any] = {
    "POST /v1/datasets": {"name": "mine-new", "source": SOURCE, "label": {"column": "y", "kind": "regression"}},
    "POST /v1/datasets/{name}:compare": {"with": "mine-other"},
    "POST /v1/schemas:infer": {"source": SOURCE},
    "POST /v1/trainings": {"dataset": "mine-a", "model": "mine-a"},
    "POST /v1/batch-predictions": {"name": "mine-new", "model": "mine-a", "source": SOURCE},
    "PUT /v1/models/{model}/labels/{label}": {"version": 1},
}


class Tried:
    """An application with authentication, and a token for each kind of caller."""

    def __init__(self, service: str, root: Path, storage: str | None = None, **settings: Any) -> None:
        self.file = TokensFile(root / "tokens.json")
        end = datetime.now(UTC) + timedelta(days=1)
        mine = {role: self.file.create(f"caller-{role}", (Grant(role, "mine-*"),), end) for role in Role}
        self.tokens: dict[str, str] = {
            **mine,
            "others": self.file.create("others", (Grant(Role.ADMIN, "else-*"),), None),
            "expired": self.file.create("expired", (Grant(Role.ADMIN),), datetime.now(UTC) - timedelta(seconds=1)),
            "revoked": self.file.create("revoked", (Grant(Role.ADMIN),), end),
            "wrong": "tdm_" + "A" * 43,
            "everything": self.file.create("everything", (Grant(Role.ADMIN),), end),
        }
        self.file.revoke("revoked")
        places: dict[str, Any] = {
            "storage": storage or str(root / "storage"),
            "state": str(root / "state"),
            "source_roots": [str(root)],
            "tokens": str(self.file.path),
        }
        self.app: FastAPI = (
            make_modeling(ModelingSettings(**places, **settings))
            if service == "modeling"
            else make_preprocessing(PreprocessingSettings(**places, **settings))
        )

    def ask(self, who: str, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {
            **options.pop("headers", {}),
            **({} if who == "none" else {"Authorization": f"Bearer {self.tokens[who]}"}),
        }
        with self.client.stream(method, path, headers=headers, **options) as reply:
            if not reply.headers.get("content-type", "").startswith("text/event-stream"):
                reply.read()
        return reply

    @contextmanager
    def served(self) -> Generator[None]:
        with serving(self.app) as url, httpx.Client(base_url=url, trust_env=False, timeout=60) as self.client:
            yield


@pytest.fixture(scope="module", params=["preprocessing", "modeling"])
def tried(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Tried, str]]:
    root = tmp_path_factory.mktemp(request.param)
    more = {"default_model": "mine-a"} if request.param == "modeling" else {}
    tried = Tried(request.param, root, jobs_at_once=0, **more)
    with tried.served():
        job = tried.app.state.jobs._store.submit("any", {}, resource="datasets/mine-a")
        yield request.param, tried, job.id


def _routes(app: FastAPI) -> Iterator[tuple[str, str]]:
    for route in iter_route_contexts(app.routes):
        for method in sorted(set(getattr(route, "methods", None) or {""}) - {"HEAD"}):
            yield method, str(route.path)


def test_every_route_admits_those_callers_alone_whom_the_reviewed_table_names(tried: tuple[str, Tried, str]) -> None:
    service, asked, job = tried
    reviewed, wrong, seen = ADMITTED[service], [], set[str]()
    for method, path in _routes(asked.app):
        key = f"{method} {path}".strip()
        seen.add(key)
        filled = path
        for parameter, value in {
            "{job_id}": job, "{name}": "mine-a", "{model}": "mine-a", "{dataset}": "mine-a", "{version}": "1", "{label}": "best",
            "{path:path}": "mine-a/x.csv", "{feature:path}": "x", "{by}": "versions", "{which}": "1", "{verb}": "load",
        }.items():  # fmt: skip
            filled = filled.replace(parameter, value)
        for who in sorted(EVERYONE):
            body = {"json": BODIES.get(key, {})} if method in {"POST", "PUT"} else {}
            reply = asked.ask(who, method or "GET", filled if method else f"{filled}/swagger-ui.css", **body)
            refused = reply.status_code == 401 or (reply.status_code == 403 and "needs the role" in reply.text)
            if refused == (who in reviewed[key]) or (refused and (reply.status_code == 401) != (who not in KNOWN)):
                wrong.append((key, who, reply.status_code, reply.text[:80]))
    assert not wrong
    assert seen == set(reviewed) - (OPEN if service == "preprocessing" else set()) | (seen & OPEN)


def test_an_unknown_path_and_method_need_a_token(tried: tuple[str, Tried, str]) -> None:
    _, asked, _ = tried
    for method, path in (("GET", "/nowhere"), ("DELETE", "/v1/jobs"), ("GET", "/v1/jobs/"), ("OPTIONS", "/v1/jobs")):
        assert asked.ask("none", method, path).status_code == 401, (method, path)
        assert asked.ask(Role.READ, method, path, follow_redirects=False).status_code in {404, 405, 307}


def test_a_refusal_has_its_form_and_tells_nothing_of_tokens(tried: tuple[str, Tried, str]) -> None:
    _, asked, _ = tried
    replies = [asked.ask(who, "GET", "/v1/jobs") for who in ("none", "wrong", "expired", "revoked")]
    for reply in replies:
        assert reply.headers["www-authenticate"] == 'Bearer realm="tandem"'
        assert reply.headers["content-type"] == "application/problem+json"
        assert reply.json()["type"] == "urn:problem-type:tandem:unauthenticated"
        shown = {name: value for name, value in reply.json().items() if name != "instance"}
        assert shown == {name: value for name, value in replies[0].json().items() if name != "instance"}
    page = asked.ask("none", "GET", "/", headers={"Accept": "text/html"})
    assert "Basic" in page.headers["www-authenticate"]


def test_a_browser_reads_with_the_token_as_password_and_changes_nothing_so(tried: tuple[str, Tried, str]) -> None:
    _, asked, job = tried
    password = ("me", asked.tokens["everything"])
    assert asked.client.get("/jobs", auth=password).status_code == 200
    assert asked.client.post(f"/v1/jobs/{job}:cancel", auth=password).status_code == 401
    assert asked.client.get("/jobs", auth=("me", "tdm_wrong")).status_code == 401


def test_two_tokens_in_one_request_are_none(tried: tuple[str, Tried, str]) -> None:
    _, asked, _ = tried
    header = ("Authorization", f"Bearer {asked.tokens['everything']}")
    assert asked.client.get("/v1/jobs", headers=[header]).status_code == 200
    assert asked.client.get("/v1/jobs", headers=[header, header]).status_code == 401


def test_lists_hold_what_the_caller_may_read_alone(tried: tuple[str, Tried, str]) -> None:
    _, asked, job = tried
    assert [entry["id"] for entry in asked.ask(Role.READ, "GET", "/v1/jobs").json()["jobs"]] == [job]
    assert asked.ask("others", "GET", "/v1/jobs").json()["jobs"] == []
    assert job not in asked.ask("others", "GET", "/jobs").text
    assert job in asked.ask(Role.READ, "GET", "/jobs").text


def test_metrics_need_read_of_all_names(tried: tuple[str, Tried, str]) -> None:
    _, asked, _ = tried
    assert asked.ask("everything", "GET", "/metrics").status_code == 200
    assert asked.ask(Role.ADMIN, "GET", "/metrics").status_code == 403


def test_the_document_shows_the_scheme_and_the_open_routes(tried: tuple[str, Tried, str]) -> None:
    _, asked, _ = tried
    document = asked.app.openapi()
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    assert document["security"] == [{"token": []}]
    assert document["paths"]["/health/live"]["get"]["security"] == []
    assert "security" not in document["paths"]["/v1/jobs"]["get"]


def test_a_revoked_and_a_new_token_count_within_a_second(tried: tuple[str, Tried, str]) -> None:
    _, asked, _ = tried
    asked.tokens["late"] = asked.file.create("late", (Grant(Role.READ),), None)
    time.sleep(0.6)
    assert asked.ask("late", "GET", "/v1/jobs").status_code == 200
    asked.file.revoke("late")
    time.sleep(0.6)
    assert asked.ask("late", "GET", "/v1/jobs").status_code == 401


def test_names_in_a_body_count(tried: tuple[str, Tried, str]) -> None:
    service, asked, _ = tried
    bodies = (
        [("POST", "/v1/datasets", {**BODIES["POST /v1/datasets"], "name": "else-x"}, "/name")]
        if service == "preprocessing"
        else [("POST", "/v1/trainings", {"dataset": "else-x", "model": "mine-a"}, "/dataset"),
              ("POST", "/v1/trainings", {"dataset": "mine-a", "model": "else-x"}, "/model"),
              ("POST", "/v1/batch-predictions", {"name": "mine-x", "model": "else-x", "source": SOURCE}, "/model")]
    )  # fmt: skip
    for method, path, body, pointer in bodies:
        reply = asked.ask(Role.ADMIN, method, path, json=body)
        assert (reply.status_code, reply.json()["errors"][0]["pointer"]) == (403, pointer), reply.text
        assert "needs the role" in reply.text


def test_predictions_of_every_protocol_ask_who_asks(trained: Trained, tmp_path: Path) -> None:
    asked = Tried("modeling", tmp_path, trained.storage.uri, jobs_at_once=0, default_model=MODEL)
    predicts = asked.file.create("predicts", (Grant(Role.PREDICT, f"{MODEL}*"),), None)
    asked.tokens["predicts"] = predicts
    with asked.served():
        deadline = time.monotonic() + 120
        while asked.client.get("/ping").status_code != 200 and time.monotonic() < deadline:
            time.sleep(0.2)
        for path, body in (
            (f"/v1/models/{MODEL}:predict", {"instances": [{}]}),
            (f"/v1/models/{MODEL}:regress", {"examples": [{}]}),
            (f"/v2/models/{MODEL}/infer", {"inputs": []}),
            ("/invocations", {"instances": [{}]}),
        ):
            for who in ("none", "wrong", "expired", "revoked"):
                reply = asked.ask(who, "POST", path, json=body)
                assert reply.status_code == 401, (path, who)
                assert set(reply.json()) == {"error"}
                assert reply.headers["www-authenticate"] == 'Bearer realm="tandem"'
            for who in ("others", Role.READ):
                assert asked.ask(who, "POST", path, json=body).status_code == 403, (path, who)
            assert asked.ask("predicts", "POST", path, json=body).status_code in {200, 400}, (path, who)
        assert asked.ask("predicts", "POST", f"/v1/models/{MODEL}:predict", json={"instances": [{}]}).status_code == 200
        assert f"/v1/models/{MODEL}:predict" not in asked.ask("none", "GET", "/openapi.json").text
        assert f"/v1/models/{MODEL}:predict" in asked.ask("predicts", "GET", "/openapi.json").text
