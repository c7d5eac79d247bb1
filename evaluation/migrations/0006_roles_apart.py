"""Whoever can read what systems wrote judges nothing blind, whatever code runs: the database refuses it.

A later migration that makes SQLite rebuild one of these tables loses its trigger and has to create it again.
"""

from django.db import migrations

PART, MEMBER, BLIND = "projects_studyrole", "projects_membership", "evaluation_blindstudy"
MESSAGE = "Whoever can read what systems wrote cannot judge it blind."
# When a row of each table is refused; NEW is that row.
RATER_READS = """
    EXISTS (SELECT 1 FROM evaluation_blindstudy b JOIN projects_study s ON s.id = b.study_id
    JOIN projects_membership m ON m.project_id = s.project_id
    WHERE s.id = NEW.study_id AND s.state <> 'closed' AND m.user_id = NEW.user_id
    AND m.role IN ('manager', 'adjudicator', 'analyst'))"""
READER_RATES = """
    EXISTS (SELECT 1 FROM evaluation_blindstudy b JOIN projects_study s ON s.id = b.study_id
    JOIN projects_studyrole p ON p.study_id = s.id
    WHERE s.project_id = NEW.project_id AND s.state <> 'closed'
    AND p.user_id = NEW.user_id AND p.part = 'rater' AND p.state = 'active')"""
SOMEBODY_DOES_BOTH = """
    EXISTS (SELECT 1 FROM projects_study s JOIN projects_studyrole p ON p.study_id = s.id
    JOIN projects_membership m ON m.project_id = s.project_id AND m.user_id = p.user_id
    WHERE s.id = NEW.study_id AND p.part = 'rater' AND p.state = 'active'
    AND m.role IN ('manager', 'adjudicator', 'analyst'))"""
REFUSED = {
    PART: f"NEW.part = 'rater' AND NEW.state = 'active' AND {RATER_READS}",
    MEMBER: f"NEW.role IN ('manager', 'adjudicator', 'analyst') AND {READER_RATES}",
    BLIND: SOMEBODY_DOES_BOTH,
}
# Columns are named so that a claim, which moves a rater's cursor, pays nothing.
EVENTS = {
    PART: ("INSERT", "UPDATE OF part, state, study_id, user_id"),
    MEMBER: ("INSERT", "UPDATE OF role, project_id, user_id"),
    BLIND: ("INSERT",),
}


def statements(vendor):
    for table, condition in REFUSED.items():
        name = f"{table}_apart"
        if vendor == "postgresql":
            yield (
                f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {condition} THEN "
                f"RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'restrict_violation'; END IF; RETURN NEW; END $$"
            )
            yield (
                f"CREATE TRIGGER {name} BEFORE {' OR '.join(EVENTS[table])} ON {table} "
                f"FOR EACH ROW EXECUTE FUNCTION {name}()"
            )
        elif vendor == "sqlite":
            for event in EVENTS[table]:
                yield (
                    f"CREATE TRIGGER {name}_{event[:6].lower()} BEFORE {event} ON {table} WHEN {condition} "
                    f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
                )


def protect(apps, schema_editor):
    for statement in statements(schema_editor.connection.vendor):
        schema_editor.execute(statement)


def release(apps, schema_editor):
    for table, events in EVENTS.items():
        if schema_editor.connection.vendor == "sqlite":
            for event in events:
                schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_apart_{event[:6].lower()}")
        elif schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_apart ON {table}")
            schema_editor.execute(f"DROP FUNCTION IF EXISTS {table}_apart()")


class Migration(migrations.Migration):
    dependencies = [
        ("evaluation", "0005_blind_checks"),
        ("projects", "0008_creation"),
    ]
    operations = [migrations.RunPython(protect, release)]
