"""`tandem upload`: copy a file below the first source root of the services, over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tandem.client import Tandem
from tandem.options import AsJson, Preprocessing, console, print_json
from tandem.transport.addresses import PREPROCESSING_URL


def upload(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Files of this machine.")],
    to: Annotated[
        str | None,
        typer.Option(help="Path below the first source root; for several files, a folder. Default: the file's name."),
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace a file of that name.")] = False,
    as_json: AsJson = False,
    preprocessing: Preprocessing = PREPROCESSING_URL,
) -> None:
    """Upload files below the first source root, where the service allows it, and print their paths for `--uri`."""
    out = console()
    with Tandem(preprocessing=preprocessing) as tandem:
        for file in files:
            is_folder = to is not None and (len(files) > 1 or to.endswith("/"))
            path = f"{to.rstrip('/')}/{file.name}" if to is not None and is_folder else to
            uploaded = tandem.upload(file, path, replace=replace)
            if as_json:
                print_json(uploaded)
            else:
                out.print(uploaded["path"], markup=False)
