"""The service's settings, as an operator sets them in the environment."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from preprocessing.settings import PreprocessingSettings


def test_tables_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TANDEM_SPARK_TABLES", " sales.* , ,stock.items,")
    assert PreprocessingSettings().spark_tables == ["sales.*", "stock.items"]
    monkeypatch.setenv("TANDEM_SPARK_TABLES", "")
    assert PreprocessingSettings().spark_tables == []


@pytest.mark.parametrize("name", ["master", "remote"])
def test_sparks_own_variables_are_read_too_and_ours_come_first(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for prefix in ("", "TANDEM_"):
        monkeypatch.delenv(f"{prefix}SPARK_{name.upper()}", raising=False)
    assert getattr(PreprocessingSettings(), f"spark_{name}") == {"master": "local[*]", "remote": None}[name]
    monkeypatch.setenv(f"SPARK_{name.upper()}", "sc://theirs")
    assert getattr(PreprocessingSettings(), f"spark_{name}") == "sc://theirs"
    monkeypatch.setenv(f"TANDEM_SPARK_{name.upper()}", "sc://ours")
    assert getattr(PreprocessingSettings(), f"spark_{name}") == "sc://ours"


def test_objects_are_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TANDEM_SPARK_OPTIONS", '{"spark.executor.memory": "8g"}')
    monkeypatch.setenv("TANDEM_SPARK_FORMATS", '{"orc": []}')
    settings = PreprocessingSettings()
    assert (settings.spark_options, settings.spark_formats) == ({"spark.executor.memory": "8g"}, {"orc": []})


def test_no_allowed_option_names_a_file_or_a_server() -> None:
    formats = PreprocessingSettings().spark_formats
    assert set(formats) == {"orc", "parquet", "json", "xml"}
    assert not {"path", "url", "dbtable", "query", "user", "password"} & {
        name for each in formats.values() for name in each
    }


def test_settings_come_back_from_json_and_are_documented() -> None:
    settings = PreprocessingSettings(spark_tables=["a.*"], spark_master="local[1]", spark_options={"a": "b"})
    assert PreprocessingSettings.model_validate_json(settings.model_dump_json()) == settings
    assert all(field.description for field in PreprocessingSettings.model_fields.values())
    with pytest.raises(ValidationError, match=r"port\s+Input should be greater than or equal to 0"):
        PreprocessingSettings(port=-1)


def test_two_places_for_spark_are_refused() -> None:
    assert PreprocessingSettings(spark_remote="sc://host").spark_remote == "sc://host"
    with pytest.raises(ValidationError, match=r"TANDEM_SPARK_REMOTE takes the place of TANDEM_SPARK_MASTER"):
        PreprocessingSettings(spark_remote="sc://host", spark_master="yarn")
    with pytest.raises(ValidationError, match=r"TANDEM_SPARK_OPTIONS must not hold spark\.master"):
        PreprocessingSettings(spark_options={"spark.master": "yarn"})
