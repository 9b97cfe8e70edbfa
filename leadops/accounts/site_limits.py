"""The sites of an account or a group on their pages: who may limit whom, and to what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from leads.models import Site, VisibleSite
from leads.models.queries.visible import FLAG, is_limited, sites_of

FIELDS = ("only_sites", "visible_sites")
SECTION = _("Sites")
OF_PEOPLE = _(
    "Without a tick at “Only some sites” the account sees every site, as far as its groups do. "
    "With it, it sees the sites that are ticked here and that all its limited groups have, too: "
    "their leads, figures, mails and settings. What concerns all sites at once, such as the audit, "
    "destinations and erasing a person, then stays closed to it. A superuser sees every site."
)
OF_GROUPS = _(
    "Without a tick at “Only some sites” the group limits nobody. With it, its people see no other "
    "sites than these, whatever else they are in."
)
BEYOND = _(
    "You see some sites only, so this account may not see more. Tick “Only some sites”, and no "
    "site but yours, or leave it in a group that does so."
)
LISTED = 10
"""Names of sites that a page says at most."""

if TYPE_CHECKING:  # generic in the stubs alone
    Sites = forms.ModelMultipleChoiceField[Site]
    Changing = UserChangeForm[User]
    AnyForm = forms.ModelForm[Any]
else:
    Sites, Changing, AnyForm = forms.ModelMultipleChoiceField, UserChangeForm, forms.ModelForm


def as_enabled(person: Any) -> User:
    """The account as it would be when enabled: one that is disabled has no right and no limit."""
    enabled = User.objects.get(pk=person.pk)
    enabled.is_active = True
    return enabled


def sees_no_more(other: Any, user: Any) -> bool:
    """Whether `other`, once enabled, sees no site that `user` does not."""
    own = sites_of(user)
    if own is None:
        return True
    theirs = sites_of(as_enabled(other))
    return theirs is not None and theirs <= own


def may_limit(user: Any, holder: User | Group) -> bool:
    """Whether the user may change this limit: nobody their own, and groups' who has none.

    A limit of a group is one of people whom an account that is limited may not judge.
    """
    if isinstance(holder, Group):
        return not is_limited(user)
    return not holder.is_superuser and (user.is_superuser or holder.pk != user.pk)


class SitesForm(AnyForm):
    """The two fields, of a form of an account or a group that is there already."""

    editor: ClassVar[Any] = None
    """Who looks at the form; see `form_for`."""
    only_sites = forms.BooleanField(required=False, label=_("Only some sites"))
    visible_sites = Sites(
        Site.objects.none(),
        required=False,
        label=_("Which"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Ticked none, nothing is seen."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if FIELDS[0] not in self.fields:
            return
        offered = Site.objects.visible_to(self.editor).order_by("name")
        self.fields["visible_sites"].queryset = offered  # type: ignore[attr-defined]
        if self.instance.pk:
            held = VisibleSite.objects.of(self.instance)
            self.initial["only_sites"] = VisibleSite.objects.is_limiting(self.instance)
            self.initial["visible_sites"] = list(offered.filter(pk__in=held.values("site")))
        for name in FIELDS:
            self.fields[name].disabled = not may_limit(self.editor, self.instance)

    def limit(self) -> frozenset[int] | None:
        """The sites of the limit that was chosen; None for no limit. What was not offered stays."""
        if not self.cleaned_data.get("only_sites"):
            return None
        offered = Site.objects.visible_to(self.editor).values("pk")
        held = VisibleSite.objects.of(self.instance).exclude(site__in=offered)
        chosen = {site.pk for site in self.cleaned_data.get("visible_sites", ())}
        return frozenset(chosen | set(held.values_list("site", flat=True)))

    def keep_limit(self) -> None:
        """Write the limit, where the editor may and changed it."""
        if not set(FIELDS) & set(self.changed_data) or not may_limit(self.editor, self.instance):
            return
        sites = self.limit()
        if sites is None:
            VisibleSite.objects.lift(self.instance)
        else:
            VisibleSite.objects.limit(self.instance, sites)


class PersonForm(SitesForm, Changing):
    """An account, which its editor gives no site that they lack."""

    def clean(self) -> dict[str, Any] | None:
        """Refused where the account would see more than its editor."""
        cleaned = super().clean()
        own = sites_of(self.editor)
        if own is not None and FIELDS[0] in self.fields:
            after = self._seen_after()
            if after is None or not after <= own:
                self.add_error("only_sites", BEYOND)
        return cleaned

    def _seen_after(self) -> frozenset[int] | None:
        """The sites that the account will see, by its own limit and those of its groups."""
        groups = {group.pk for group in self.cleaned_data.get("groups", ())}
        field: Any = self.fields.get("groups")
        if field is not None:
            unoffered = self.instance.groups.exclude(pk__in=field.queryset.values("pk"))
            groups |= set(unoffered.values_list("pk", flat=True))
        limiting = Group.objects.filter(pk__in=groups, permissions__codename=FLAG)
        limits = [
            frozenset(VisibleSite.objects.of(group).values_list("site", flat=True))
            for group in limiting
        ]
        if (own := self.limit()) is not None:
            limits.append(own)
        return frozenset.intersection(*limits) if limits else None


class GroupForm(SitesForm):
    """A group."""


def form_for(form: type[Any], request: HttpRequest) -> type[Any]:
    """The form as this person may fill it."""
    return type(form.__name__, (form,), {"editor": request.user})


def seen_by(person: User, editor: Any) -> str:
    """Which sites an account sees, in words; of sites that its editor does not see their number."""
    sites = sites_of(as_enabled(person))
    if sites is None:
        return gettext("This account sees every site.")
    if not sites:
        return gettext("This account sees no site.")
    own: QuerySet[Site] = Site.objects.filter(pk__in=sites).visible_to(editor)
    names = list(own.order_by("name").values_list("name", flat=True)[:LISTED])
    others = len(sites) - len(names)
    more = [ngettext("%d other", "%d others", others) % others] if others else []
    return gettext("This account sees %s.") % ", ".join([*names, *more])
