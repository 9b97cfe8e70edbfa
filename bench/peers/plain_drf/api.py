"""The view, its serializer and its address."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.urls import path
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from bench.peers.plain_drf.models import Event, Lead, Outbox


class LeadSerializer(serializers.ModelSerializer[Lead]):
    """All fields of a lead."""

    class Meta:
        model = Lead
        fields = "__all__"


class LeadCreate(generics.GenericAPIView[Lead]):
    """Where leads are posted. Nobody is asked who they are."""

    authentication_classes: list[Any] = []
    serializer_class = LeadSerializer
    queryset = Lead.objects.all()

    def post(self, request: Request) -> Response:
        """Three rows in one transaction."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        with transaction.atomic():
            lead = serializer.save()
            Event.objects.create(lead=lead, kind="received")
            Outbox.objects.create(lead=lead)
        return Response({"id": lead.pk}, status=202)


urlpatterns = [path("api/v1/leads/", LeadCreate.as_view())]
