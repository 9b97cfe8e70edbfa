"""Moving every stored secret under the newest key of FIELD_KEYS."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.apps import apps
from django.db import models, transaction
from django.db.models import F, Value
from django.db.models.functions import Cast

from leads.secrets import EncryptedTextField, Locked, box, is_newest, open_box

BATCH = 200


@dataclass
class Rotation:
    """What became of the stored secrets. A locked one is named by column and row, never shown."""

    moved: int = 0
    kept: int = 0
    locked: list[str] = field(default_factory=list)


def rotate() -> Rotation:
    """Lock everything with the newest key. What is under it already stays as it is."""
    rotation = Rotation()
    for model, column in columns():
        last: int | None = 0
        while last is not None:
            last = _rotate_batch(model, column, last, rotation)
    return rotation


def columns() -> Iterator[tuple[type[models.Model], str]]:
    """Every encrypted column of every model."""
    for model in apps.get_models():
        for one in model._meta.concrete_fields:
            if isinstance(one, EncryptedTextField) and one.model is model:
                yield model, one.name


@transaction.atomic
def _rotate_batch(
    model: type[models.Model], column: str, after: int, rotation: Rotation
) -> int | None:
    """Rotate the next rows; the id of the last one, None after the last batch."""
    text = models.TextField()
    rows = model._default_manager.annotate(stored=Cast(F(column), text)).exclude(stored="")
    batch = list(rows.filter(pk__gt=after).order_by("pk").values_list("pk", "stored")[:BATCH])
    for pk, stored in batch:
        if is_newest(stored):
            rotation.kept += 1
        elif isinstance(plain := open_box(stored), Locked):
            rotation.locked.append(f"{model._meta.label} {pk}: {column}")
        else:
            locked = Value(box().encrypt(plain.encode()).decode(), output_field=text)
            # Only while it is what was read: a worker may just have stored a fresh token.
            rotation.moved += rows.filter(pk=pk, stored=stored).update(**{column: locked})
    return batch[-1][0] if batch else None
