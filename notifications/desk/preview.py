"""How a notice reads, written afresh from the rows as they are now."""

from __future__ import annotations

import json
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import override

from notifications import resolution
from notifications.channels import payload, slack
from notifications.deliver import write
from notifications.mail.enclosed import as_looked_at
from notifications.models import Channel, Notice


class Preview(NamedTuple):
    """A mail's subject and text, or the body of a call."""

    title: str
    text: str


def preview(notice: Notice) -> Preview:
    """What its receiver reads. A channel without the right to it is shown no personal data."""
    notices = list(Notice.objects.for_mail().filter(pk=notice.pk))
    resolution.look(notices)
    if notice.via == Notice.Via.MAIL:
        mail, _flaw = write(notices, 1, (), as_looked_at(notice))
        return Preview(mail.subject, mail.text)
    personal = bool(
        Channel.objects.filter(pk=notice.channel_id or 0)
        .values_list("personal_data", flat=True)
        .first()
    )
    with override("en"):  # what programs read; to Slack the site's language is spoken
        way = slack if notice.via == Notice.Via.SLACK else payload
        body = way.body_of(notices, 1, (), personal)
    content = json.loads(body)
    if notice.via == Notice.Via.SLACK:
        return Preview(_("The text of the message"), content["text"])
    return Preview(_("The body of the call"), json.dumps(content, indent=2, ensure_ascii=False))
