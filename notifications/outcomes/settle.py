"""What became of a lane's messages, written down; and who is told where they do not arrive."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from notifications.models import Batch, Channel, Endpoint, Message, MessageQuerySet, Notice
from notifications.models.endpoint import FAILS_BEFORE_REST, TELL_LOSS_EVERY, TEST
from notifications.note import note
from notifications.send_result import SendResult, SendStatus

Kind = Notice.Kind
OFF = "410: the receiver wants no more; the webhook is off."


def settle(batch: Batch, results: dict[int, SendResult], now: datetime) -> None:
    """Settle the messages that the claim still holds. What was not tried is owed as before."""
    endpoint, held = batch.endpoint, Message.objects.held_by(batch.token)
    arrived: dict[int | None, list[int]] = defaultdict(list)
    for pk, result in results.items():
        if result.status is SendStatus.SENT:
            arrived[result.answer].append(pk)
    for answer, pks in arrived.items():
        held.filter(pk__in=pks).sent(now, answer)
    if arrived:
        endpoint.worked(now)
    for pk, result in results.items():
        if result.status is SendStatus.GONE:
            _gone(endpoint, held.filter(pk=pk), result, now)
        elif result.status is not SendStatus.SENT:
            _refused(batch, held.filter(pk=pk), result, now)
    held.give_back(now)


def _refused(batch: Batch, held: MessageQuerySet, result: SendResult, now: datetime) -> None:
    """Later. Where the endpoint only fails, it rests, and what is a day old is given up."""
    endpoint, is_test = batch.endpoint, held.filter(event=TEST).exists()
    lost = held.refused(now, result.words, result.answer, result.wait)
    rests = endpoint.failed(batch.claimed_at, now, result.words, result.wait)
    if is_test:
        return
    if rests:
        tell(Kind.ENDPOINT_RESTS, endpoint, now)
    lost += _too_old(endpoint, result, now)
    told = Endpoint.objects.win_telling
    if lost and told(endpoint.pk, "loss_told_at", TELL_LOSS_EVERY, now):
        tell(Kind.UNDELIVERED, endpoint, now, lost)


def _too_old(endpoint: Endpoint, result: SendResult, now: datetime) -> int:
    """Give up what waited a day behind others that did not arrive either; how many."""
    fails = Endpoint.objects.filter(pk=endpoint.pk, fails__gte=FAILS_BEFORE_REST)
    old = Message.objects.pending().filter(endpoint__in=fails, until__lte=now, claim=None)
    return old.exclude(event=TEST).give_up(result.words, result.answer)


def _gone(endpoint: Endpoint, held: MessageQuerySet, result: SendResult, now: datetime) -> None:
    """Nobody is there any more: switch it off, and owe it nothing."""
    held.give_up(OFF, result.answer)
    if Endpoint.objects.switch_off(endpoint.pk, now, OFF):
        Message.objects.pending().filter(endpoint=endpoint).give_up(OFF)
        Endpoint.objects.tell_sites(endpoint.site_id)
        tell(Kind.ENDPOINT_OFF, endpoint, now)


def tell(kind: str, endpoint: Endpoint, now: datetime, count: int = 1) -> None:
    """One notice for each recipient and channel of the endpoint's site."""
    site = endpoint.site
    channels = Channel.objects.concerned(kind, site.destination_id, site.pk)
    about: dict[str, Any] = {"site": site, "text": endpoint.name, "count": count}
    note(kind, site.recipient_list, channels, now, **about)
