"""Indexes that no statement needs: each was paid for by every lead that was taken, claimed, finished.

The database's own part is written as SQL, because SQLite would copy the whole table for a changed
column, and lose the index that is made in SQL.
"""

import django.db.models.deletion
from django.db import migrations, models

# Logs first: who settles a lead writes its log before its figures, and waits for no one here.
INDEXES = {
    "leads_apilog_site_id_acd3bcd5": "leads_apilog (site_id)",
    "leads_figure_site_id_e529a17a": "leads_figure (site_id)",
}


def site(related_name):
    return models.ForeignKey(
        db_index=False,
        on_delete=django.db.models.deletion.PROTECT,
        related_name=related_name,
        to="leads.site",
    )


class Migration(migrations.Migration):

    dependencies = [
        ('leads', '0025_failed_tries'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(f"DROP INDEX IF EXISTS {name}", f"CREATE INDEX {name} ON {columns}")
                for name, columns in INDEXES.items()
            ],
            state_operations=[
                migrations.AlterField("figure", "site", site("figures")),
                migrations.AlterField("apilog", "site", site("logs")),
            ],
        ),
        migrations.RemoveIndex(model_name='figure', name='figure_quarter'),
        migrations.RemoveIndex(model_name='figure', name='figure_unfolded'),
    ]
