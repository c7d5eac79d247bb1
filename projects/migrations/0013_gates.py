"""What raters do before work.

New columns of studies and parts may be empty: SQLite adds such without rebuilding a table, whose triggers it would lose.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0012_pause"),
    ]

    operations = [
        migrations.AddField(
            model_name="exclusion",
            name="withdrawal",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="guideline",
            name="asks",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="study",
            name="content",
            field=models.JSONField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="study",
            name="gate",
            field=models.PositiveIntegerField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="studyrole",
            name="gate",
            field=models.IntegerField(editable=False, null=True),
        ),
        migrations.AlterField(
            model_name="unit",
            name="role",
            field=models.CharField(
                choices=[
                    ("main", "main"),
                    ("overlap", "overlap"),
                    ("practice", "practice"),
                    ("gold", "gold"),
                    ("guess", "guess"),
                    ("training", "training"),
                ],
                default="main",
                max_length=10,
            ),
        ),
    ]
