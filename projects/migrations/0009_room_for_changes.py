"""PostgreSQL: room beside rows that every judgement changes, and one index less that every judgement wrote.

A changed row that finds room on its page needs no new entries in the table's indexes. The index on parts of an
assignment's handle serves LIKE, which nothing asks for; handles are looked up whole, in the unique index.
"""

from django.db import migrations

# Percent of a page that is filled at first.
FILLED = {"projects_unit": 80, "projects_item": 90, "projects_studyrole": 50}
LIKE = """
    SELECT indexname FROM pg_indexes
    WHERE schemaname = current_schema() AND tablename = 'projects_assignment' AND indexdef LIKE %s
"""


def make_room(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    for table, percent in FILLED.items():
        schema_editor.execute(f"ALTER TABLE {table} SET (fillfactor = {percent})")
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(LIKE, ["%(token varchar_pattern_ops)"])
        found = [name for (name,) in cursor.fetchall()]
    for name in found:
        schema_editor.execute(f"DROP INDEX {schema_editor.quote_name(name)}")


def fill_up(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    for table in FILLED:
        schema_editor.execute(f"ALTER TABLE {table} RESET (fillfactor)")
    index = "CREATE INDEX projects_assignment_token_like ON projects_assignment (token varchar_pattern_ops)"
    schema_editor.execute(index)


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0008_creation"),
    ]

    operations = [migrations.RunPython(make_room, fill_up)]
