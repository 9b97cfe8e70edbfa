"""Whose turn it is to have a password judged is a row like the counts. Choices only."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0046_api_answers'),
    ]

    operations = [
        migrations.AlterField(
            model_name='logintry',
            name='kind',
            field=models.CharField(choices=[('account', 'account, from anywhere'), ('address', 'address'), ('pair', 'account and address'), ('device', 'browser that logged in before'), ('reset', 'address that asks for links'), ('turn', 'whose turn it is to be judged')], max_length=10),
        ),
    ]
