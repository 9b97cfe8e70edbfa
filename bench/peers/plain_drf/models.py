"""Three rows a lead: the lead, its event, and a line in an outbox."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Lead(models.Model):
    """One person's enquiry."""

    objects: ClassVar[models.Manager[Lead]]

    contact_name = models.CharField(max_length=200)
    email = models.EmailField(blank=True, db_index=True)
    phone = models.CharField(max_length=50, blank=True)
    company = models.CharField(max_length=200, blank=True)
    street = models.CharField(max_length=200, blank=True)
    city = models.CharField(max_length=100, blank=True)
    zip = models.CharField(max_length=20, blank=True)
    country = models.CharField(max_length=100, blank=True)
    message = models.TextField(blank=True)
    received_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"Lead {self.pk}"


class Event(models.Model):
    """What happened to a lead."""

    objects: ClassVar[models.Manager[Event]]

    lead = models.ForeignKey(Lead, models.CASCADE)
    kind = models.CharField(max_length=20)
    at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"Event {self.pk}"


class Outbox(models.Model):
    """What is still to be sent."""

    objects: ClassVar[models.Manager[Outbox]]

    lead = models.ForeignKey(Lead, models.CASCADE)
    sent = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"Outbox {self.pk}"
