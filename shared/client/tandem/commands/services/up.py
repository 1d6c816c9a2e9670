"""`tandem up`: run both services on this machine until Ctrl-C."""

from __future__ import annotations

from tandem import local_services
from tandem.client import Tandem
from tandem.options import AsJson, Modeling, Preprocessing, console, print_json
from tandem.transport.addresses import MODELING_URL, PREPROCESSING_URL
from tandem.transport.connections import SERVICES


def up(
    as_json: AsJson = False, preprocessing: Preprocessing = PREPROCESSING_URL, modeling: Modeling = MODELING_URL
) -> None:
    """Start both services on this machine and run them until Ctrl-C."""
    out = console(stderr=as_json)
    with (
        Tandem(preprocessing, modeling) as tandem,
        local_services.running(tandem, lambda name: out.print(f"starting {name} …")) as children,
    ):
        try:
            if as_json:
                logs = {service: str(local_services.log_of(service)) for service in SERVICES}
                print_json({"urls": tandem.urls, "logs": logs, "sources": str(local_services.SOURCES)})
            for service in SERVICES:
                out.print(f"[bold]{service:<14}[/] {tandem.urls[service]}   log: {local_services.log_of(service)}")
            out.print(f"Put raw files into {local_services.SOURCES}. Ctrl-C stops both services.")
            local_services.stay(children)
        except KeyboardInterrupt:
            out.print("stopping both services …")
