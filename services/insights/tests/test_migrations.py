"""The numbered SQL files, as text."""

import re
from dataclasses import fields

import pytest

from voicecbt.insights.rows import TABLES, columns
from voicecbt.insights.schema_versions import migrations

pytestmark = pytest.mark.unit


def test_the_files_are_numbered_without_gaps():
    assert [migration.version for migration in migrations()] == list(range(1, len(migrations()) + 1))


def test_every_statement_may_be_repeated():
    for migration in migrations():
        for statement in migration.statements:
            assert re.match(r"(CREATE TABLE IF NOT EXISTS|ALTER TABLE .* IF (NOT )?EXISTS)", statement), migration.name
            assert not re.search(r";$", statement, re.MULTILINE), migration.name


@pytest.mark.parametrize("row_type", list(TABLES))
def test_every_column_of_a_row_is_in_its_table(row_type):
    text = "\n".join(statement for migration in migrations() for statement in migration.statements)
    table = re.search(rf"CREATE TABLE IF NOT EXISTS {TABLES[row_type]} \((.*?)\n\)", text, re.DOTALL)
    assert table is not None
    declared = re.findall(r"^    (\w+) ", table.group(1), re.MULTILINE)
    assert sorted(declared) == sorted(columns(row_type)) == sorted(field.name for field in fields(row_type))
