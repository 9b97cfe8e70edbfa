"""Classes of Django that are generic in its stubs and not when they run: `ModelAdmin[Site]`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.core.paginator import Paginator as PlainPaginator

from leads.desk.kit.limits import LimitedRows

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin
    StackedInline = admin.StackedInline
    ModelForm = forms.ModelForm
    Paginator = PlainPaginator
    ModelChoiceField = forms.ModelChoiceField
else:

    class Subscripted:
        """Takes a type in brackets and stays what it is."""

        def __class_getitem__(cls, _model: Any) -> type:
            return cls

    class ModelAdmin(Subscripted, LimitedRows, admin.ModelAdmin):
        """Says which rows it shows."""

    class StackedInline(Subscripted, admin.StackedInline):
        """Says which rows it shows, and below which."""

    class ModelForm(Subscripted, forms.ModelForm):
        """Says which row it fills."""

    class ModelChoiceField(Subscripted, forms.ModelChoiceField):
        """Says which rows it offers."""

    class Paginator(Subscripted, PlainPaginator):
        """Says what it pages."""
