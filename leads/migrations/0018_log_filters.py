"""By what API logs and calls are narrowed: how long a call took, and an index for each filter."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('leads', '0017_undo'),
    ]

    operations = [
        migrations.AddField(
            model_name='apicall',
            name='took_ms',
            field=models.PositiveIntegerField(help_text='Milliseconds; empty when its end was not seen.', null=True, verbose_name='took'),
        ),
        migrations.AddIndex(
            model_name='apicall',
            index=models.Index(fields=['started_at'], name='apicall_started'),
        ),
        migrations.AddIndex(
            model_name='apicall',
            index=models.Index(fields=['took_ms'], name='apicall_took'),
        ),
        migrations.AddIndex(
            model_name='apicall',
            index=models.Index(fields=['kind', '-id'], name='apicall_kind'),
        ),
        migrations.AddIndex(
            model_name='apicall',
            index=models.Index(condition=models.Q(('status__gte', 400), ('status__lt', 500)), fields=['-id'], name='apicall_4xx'),
        ),
        migrations.AddIndex(
            model_name='apicall',
            index=models.Index(condition=models.Q(('status__gte', 500)), fields=['-id'], name='apicall_5xx'),
        ),
        migrations.AddIndex(
            model_name='apicall',
            index=models.Index(condition=models.Q(('status', None)), fields=['-id'], name='apicall_unanswered'),
        ),
        migrations.AddIndex(
            model_name='apilog',
            index=models.Index(fields=['site', '-id'], name='apilog_site_newest'),
        ),
        migrations.AddIndex(
            model_name='apilog',
            index=models.Index(condition=models.Q(('response_code', 13002)), fields=['reason', '-id'], name='apilog_reason'),
        ),
        migrations.AddIndex(
            model_name='apilog',
            index=models.Index(condition=models.Q(('status__gte', 400), ('status__lt', 500)), fields=['-id'], name='apilog_4xx'),
        ),
        migrations.AddIndex(
            model_name='apilog',
            index=models.Index(condition=models.Q(('status__gte', 500)), fields=['-id'], name='apilog_5xx'),
        ),
        migrations.AddIndex(
            model_name='apilog',
            index=models.Index(condition=models.Q(('status', None)), fields=['-id'], name='apilog_unanswered'),
        ),
    ]
