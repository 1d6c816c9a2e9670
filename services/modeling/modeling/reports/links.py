"""Addresses of pages: within this service, and of the preprocessing service where its address is known."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request

from chassis.pages.layout import Link, documentation, root_of

__all__ = ["PageLinks", "links_of"]


@dataclass(frozen=True)
class PageLinks:
    """`root`: the prefix of this service's paths. `preprocessing`: the other service's address; None: not known.

    `has_guide`: this service has the written documentation.
    """

    root: str = ""
    preprocessing: str | None = None
    has_guide: bool = False

    @property
    def nav(self) -> list[Link]:
        """Return the links at the top of every page."""
        links = [
            ("Models", f"{self.root}/"),
            ("Jobs", f"{self.root}/jobs"),
            *documentation(self.root, has_guide=self.has_guide),
        ]
        return [*links, ("Datasets", f"{self.preprocessing}/")] if self.preprocessing else links

    def report(self, model: str, version: int) -> str:
        """Return the address of a version's report."""
        return f"{self.root}/v1/models/{model}/versions/{version}/report"

    def changes(self, model: str, version: int, since: int | None = None) -> str:
        """Return the address of a version's changes since another; by default since its incumbent."""
        query = "" if since is None else f"?since={since}"
        return f"{self.root}/v1/models/{model}/versions/{version}/changes{query}"

    def job(self, job: str) -> str:
        """Return the address of a job's page."""
        return f"{self.root}/jobs/{job}"

    def dataset(self, name: str) -> str | None:
        """Return the address of a dataset's report; None where its service is not known."""
        return f"{self.preprocessing}/v1/datasets/{name}/report" if self.preprocessing else None

    def drift(self, name: str, since: str) -> str | None:
        """Return the address of a dataset's report that compares it with an earlier one; None as for `dataset`."""
        report = self.dataset(name)
        return f"{report}?compare={since}#drift" if report else None


def links_of(request: Request) -> PageLinks:
    """Return the links of the pages of this application. For `Depends`."""
    address: str | None = request.app.state.settings.preprocessing_url
    return PageLinks(root_of(request), address.rstrip("/") if address else None, request.app.state.has_guide)
