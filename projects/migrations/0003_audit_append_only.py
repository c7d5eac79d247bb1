"""The audit log is append-only in the database too, whatever code runs against it.

SQLite gets no trigger against DELETE: emptying the tables of a test database deletes there, on PostgreSQL it truncates.
A later migration that makes SQLite rebuild the table loses the trigger and has to create it again.
"""

from django.db import migrations

TABLE = "projects_auditentry"
MESSAGE = "The audit log is append-only."

SQLITE = [
    f"CREATE TRIGGER audit_no_update BEFORE UPDATE ON {TABLE} BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END",
]
SQLITE_BACK = ["DROP TRIGGER IF EXISTS audit_no_update"]

POSTGRESQL = [
    f"CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'restrict_violation'; END $$",
    f"CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON {TABLE} "
    f"FOR EACH ROW EXECUTE FUNCTION audit_append_only()",
]
POSTGRESQL_BACK = [
    f"DROP TRIGGER IF EXISTS audit_no_change ON {TABLE}",
    "DROP FUNCTION IF EXISTS audit_append_only()",
]


def run(schema_editor, statements):
    for statement in statements.get(schema_editor.connection.vendor, []):
        schema_editor.execute(statement)


def protect(apps, schema_editor):
    run(schema_editor, {"sqlite": SQLITE, "postgresql": POSTGRESQL})


def release(apps, schema_editor):
    run(schema_editor, {"sqlite": SQLITE_BACK, "postgresql": POSTGRESQL_BACK})


class Migration(migrations.Migration):
    dependencies = [("projects", "0002_study_in_force")]
    operations = [migrations.RunPython(protect, release)]
