"""Addresses of pages: within this service, and of the modeling service where its address is known."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request

from chassis.pages.layout import Link, documentation, root_of

__all__ = ["PageLinks", "links_of"]


@dataclass(frozen=True)
class PageLinks:
    """`root`: the prefix of this service's paths. `modeling`: the other service's address; None: not known.

    `has_guide`: this service has the written documentation.
    """

    root: str = ""
    modeling: str | None = None
    has_guide: bool = False

    @property
    def nav(self) -> list[Link]:
        """Return the links at the top of every page."""
        links = [
            ("Datasets", f"{self.root}/"),
            ("Jobs", f"{self.root}/jobs"),
            *documentation(self.root, has_guide=self.has_guide),
        ]
        return [*links, ("Models", f"{self.modeling}/")] if self.modeling else links

    def report(self, name: str) -> str:
        """Return the address of a dataset's report."""
        return f"{self.root}/v1/datasets/{name}/report"

    def manifest(self, name: str) -> str:
        """Return the address of a dataset's manifest."""
        return f"{self.root}/v1/datasets/{name}"

    def models(self, name: str) -> str | None:
        """Return the address of the page of the versions that were trained from a dataset; None as for `modeling`."""
        return f"{self.modeling}/datasets/{name}" if self.modeling else None

    def job(self, job: str) -> str:
        """Return the address of a job's page."""
        return f"{self.root}/jobs/{job}"


def links_of(request: Request) -> PageLinks:
    """Return the links of the pages of this application. For `Depends`."""
    address: str | None = request.app.state.settings.modeling_url
    return PageLinks(root_of(request), address.rstrip("/") if address else None, request.app.state.has_guide)
