"""The record of calls stands, whatever code runs against it: attempts are only added, and what has been sent with, a
prompt's words or a system's settings, does not change.

A later migration that makes SQLite rebuild one of these tables loses its trigger and has to create it again.
"""

from django.db import migrations, models

ATTEMPT, PROMPT, VERSION = "evaluation_attempt", "evaluation_promptversion", "evaluation_systemversion"
MESSAGES = {
    ATTEMPT: "Attempts are append-only.",
    PROMPT: "A prompt version in use does not change.",
    VERSION: "A frozen system version does not change.",
}
FIXED = {
    PROMPT: ("used_at", ("texts", "fallback", "examples", "output", "hash")),
    VERSION: ("frozen_at", ("endpoint_id", "model_id", "parameters", "prompt_id")),
}


def condition(table, differs):
    """Return when an update is refused; attempts refuse every one."""
    if table not in FIXED:
        return "TRUE"
    since, columns = FIXED[table]
    changed = " OR ".join(f'NEW."{column}" {differs} OLD."{column}"' for column in columns)
    return f"OLD.{since} IS NOT NULL AND ({changed})"


def statements(vendor):
    for table, message in MESSAGES.items():
        name = f"{table}_stands"
        if vendor == "sqlite":
            yield (
                f"CREATE TRIGGER {name} BEFORE UPDATE ON {table} WHEN {condition(table, 'IS NOT')} "
                f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
            )
        elif vendor == "postgresql":
            yield (
                f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN RAISE EXCEPTION '{message}' USING ERRCODE = 'restrict_violation'; END $$"
            )
            yield (
                f"CREATE TRIGGER {name} BEFORE UPDATE ON {table} FOR EACH ROW "
                f"WHEN ({condition(table, 'IS DISTINCT FROM')}) EXECUTE FUNCTION {name}()"
            )


def protect(apps, schema_editor):
    for statement in statements(schema_editor.connection.vendor):
        schema_editor.execute(statement)


def release(apps, schema_editor):
    for table in MESSAGES:
        if schema_editor.connection.vendor == "sqlite":
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_stands")
        elif schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_stands ON {table}")
            schema_editor.execute(f"DROP FUNCTION IF EXISTS {table}_stands()")


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0002_blind_studies")]
    operations = [
        migrations.AddIndex(
            model_name="runitem",
            index=models.Index(
                condition=models.Q(("finished_at__isnull", False)),
                fields=["run", "-finished_at"],
                name="runitem_latest",
            ),
        ),
        migrations.RunPython(protect, release),
    ]
