"""Users and groups: nobody gives, or takes over, more than they have."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, Permission, User
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from leadops.accounts import person_links, second_factor, site_limits
from leadops.accounts.evidence.recorded import Recorded
from leadops.accounts.login import sessions, tries
from leadops.accounts.login.forms import PasswordOfAnother
from leadops.accounts.login.links import link_for
from leadops.accounts.site_limits import as_enabled, sees_no_more
from leadops.accounts.tasks import mail_owner
from leadops.accounts.tokens.rows import is_service
from leads.desk.kit.formatting import tick, when
from leads.desk.kit.history import attribute
from leads.desk.kit.lists.own_filters import ByOwnFilters
from leads.desk.kit.lists.paging import Choice
from leads.models import VisibleSite
from leads.models.queries.visible import FLAG, is_limited, sites_of
from leads.roles import EVERY_SITE

HIDDEN = (
    *("account", "admin", "contenttypes", "django_q", "mfa", "sessions", "usersessions"),
    "socialaccount",
    *("axes", "otp_static", "otp_totp"),  # what was installed before
)
"""Apps whose permissions open nothing here."""


def within(user: Any, other: User) -> bool:
    """Whether `other`, once enabled, may do and see nothing that `user` may not."""
    if user.is_superuser:
        return True
    if other.is_superuser:
        return False
    # The limit is no right: it is compared by its sites.
    rights = as_enabled(other).get_all_permissions() - {f"leads.{FLAG}"}
    return rights <= user.get_all_permissions() and sees_no_more(other, user)


def grantable(user: Any) -> QuerySet[Permission]:
    """The permissions that a user may hand on: those that they have."""
    rows = Permission.objects.exclude(content_type__app_label__in=HIDDEN).exclude(codename=FLAG)
    rows = rows.select_related("content_type").order_by("content_type__app_label", "pk")
    if user.is_superuser:
        return rows
    own = [name.split(".", 1) for name in user.get_all_permissions()]
    held = Q(pk=None)
    for app, codename in own:
        held |= Q(content_type__app_label=app, codename=codename)
    return rows.filter(held)


def boxes(user: Any) -> QuerySet[Permission]:
    """The permissions that a user may tick: of what concerns all sites none, where they see some.

    In a group somebody else may hand them to people who see every site.
    """
    rows = grantable(user)
    if not is_limited(user):
        return rows
    beyond = Q(pk=None)
    for app, codename in (name.split(".", 1) for name in EVERY_SITE):
        beyond |= Q(content_type__app_label=app, codename=codename)
    return rows.exclude(beyond)


if TYPE_CHECKING:  # generic in the stubs alone
    Choices = forms.ModelMultipleChoiceField[Permission]
    Accounts = UserAdmin[User]
else:
    Choices, Accounts = forms.ModelMultipleChoiceField, UserAdmin


DJANGOS = {
    "add": gettext_lazy("Can add: %(what)s"),
    "change": gettext_lazy("Can change: %(what)s"),
    "delete": gettext_lazy("Can delete: %(what)s"),
    "view": gettext_lazy("Can view: %(what)s"),
}
"""What Django's own permissions are called."""


def name_of(permission: Permission) -> str:
    """What a permission is called in the reader's language; its row says it in English."""
    action, _sign, name = permission.codename.partition("_")
    model = permission.content_type.model_class()
    if model is not None and action in DJANGOS and name == model._meta.model_name:
        return DJANGOS[action] % {"what": model._meta.verbose_name}
    return _(permission.name)


class PermissionChoices(Choices):
    """Permissions as boxes to tick, each under its plain name."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, obj: Any) -> str:
        """Without the names of tables."""
        return name_of(obj)


class RoleFilter(Choice):
    """By group."""

    title = gettext_lazy("group")
    parameter_name = "group"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Every group."""
        return [(str(pk), name) for pk, name in Group.objects.values_list("pk", "name")[:1000]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Its people."""
        chosen = self.value() or ""
        return queryset.filter(groups=int(chosen)) if chosen.isdecimal() else queryset


class ActiveFilter(Choice):
    """By whether they may log in."""

    title = gettext_lazy("account")
    parameter_name = "active"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Active or not."""
        return [("1", _("Active")), ("0", _("Disabled"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Those accounts."""
        chosen = self.value()
        return queryset.filter(is_active=chosen == "1") if chosen in ("0", "1") else queryset


admin.site.unregister([User, Group])


@admin.register(User)
class PeopleAdmin(Recorded, ByOwnFilters, Accounts):
    """Accounts. One that is no longer needed is disabled: the audit keeps its author."""

    change_list_template = "admin/accounts/people.html"
    change_form_template = "admin/accounts/person.html"
    form = site_limits.PersonForm
    change_password_form = PasswordOfAnother
    list_display = ["username", "full_name", "roles", "factor", "seen", "active"]
    list_filter = [RoleFilter, ActiveFilter]
    search_help_text = gettext_lazy("Login name, name or e-mail")
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    sortable_by = ()
    filter_horizontal = ()
    actions = None
    readonly_fields = ["last_login", "date_joined"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With their groups and second factors, for the list."""
        rows = super().get_queryset(request).select_related("service")
        return rows.prefetch_related("groups", "authenticator_set")

    @admin.display(description=gettext_lazy("Last login"))
    def seen(self, user: User) -> SafeString | str:
        """When they logged in last."""
        return when(user.last_login) if user.last_login else _("never")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: what they did would lose its author."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only of accounts that may do no more than one's own."""
        may = super().has_change_permission(request, obj)
        return may and (obj is None or within(request.user, obj))

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """The form as this editor may fill it."""
        form = super().get_form(request, obj, change=change, **kwargs)
        return site_limits.form_for(form, request) if obj else form

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """With the sites, once the account is there."""
        sets = super().get_fieldsets(request, obj)
        if obj is None or not self.has_change_permission(request, obj):
            return sets
        sites = {"fields": site_limits.FIELDS, "description": site_limits.OF_PEOPLE}
        return [*sets, (site_limits.SECTION, sites)]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Only a superuser makes another one."""
        fields = super().get_readonly_fields(request, obj)
        return fields if request.user.is_superuser else [*fields, "is_superuser"]

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Groups and permissions as boxes: those that the user may hand on."""
        if db_field.name == "user_permissions":
            return PermissionChoices(boxes(request.user), required=False, label=_("Permissions"))
        kwargs["widget"] = forms.CheckboxSelectMultiple()
        kwargs["queryset"] = grantable_groups(request.user)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def get_urls(self) -> list[URLPattern]:
        """Django's addresses and the buttons'."""

        def post(tail: str, view: Any, name: str) -> URLPattern:
            view = self.admin_site.admin_view(require_POST(view))
            pattern: URLPattern = path(f"<int:pk>/{tail}/", view, name=f"auth_user_{name}")
            return pattern

        return [
            post("remove-second-factor", self.remove_second_factor, "remove_second_factor"),
            post("end-sessions", self.end_sessions, "end_sessions"),
            post("invite", self.invite, "invite"),
            post("unlock", self.unlock, "unlock"),
            post("link-sign-in", self.link_sign_in, "link_sign_in"),
            post("unlink-sign-in", self.unlink_sign_in, "unlink_sign_in"),
            *super().get_urls(),
        ]

    def remove_second_factor(self, request: HttpRequest, pk: int) -> HttpResponse:
        """For a colleague who lost phone and codes."""
        user = self._person(request, pk)
        if second_factor.remove(user):
            attribute(user, request.user, "Removed the second factor.")
            mail_owner(user, "factor")
            messages.success(request, _("The second factor is removed."))
        return HttpResponseRedirect(reverse("admin:auth_user_change", args=[pk]))

    def end_sessions(self, request: HttpRequest, pk: int) -> HttpResponse:
        """For a colleague who left, or whose computer was lost."""
        user = self._person(request, pk)
        count = sessions.end(user)
        attribute(user, request.user, "Ended all sessions.", "sessions")
        messages.success(request, sessions.ended(count))
        return HttpResponseRedirect(reverse("admin:auth_user_change", args=[pk]))

    def invite(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A link with which the person sets a password, shown this once."""
        user = self._person(request, pk)
        refuse_service(user)
        attribute(user, request.user, "Made an invitation link.")
        context = self.admin_site.each_context(request)
        context |= {"title": _("Invitation"), "person": user, "link": link_for(user)}
        answer = TemplateResponse(request, "admin/accounts/invitation.html", context)
        answer["Cache-Control"] = "no-store"
        return answer

    def unlock(self, request: HttpRequest, pk: int) -> HttpResponse:
        """For a colleague who typed too many wrong passwords."""
        user = self._person(request, pk)
        if tries.unlock(user.get_username()):
            attribute(user, request.user, "Unlocked the login.")
        messages.success(request, _("The account can log in again."))
        return HttpResponseRedirect(reverse("admin:auth_user_change", args=[pk]))

    def link_sign_in(self, request: HttpRequest, pk: int) -> HttpResponse:
        """For a colleague who logs in at a provider from now on."""
        return person_links.link(request, self._person(request, pk))

    def unlink_sign_in(self, request: HttpRequest, pk: int) -> HttpResponse:
        """For one who does so no longer."""
        return person_links.unlink(request, self._person(request, pk))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Who is enabled again gets a new password: others may know the old one.

        An address that an account has no more is told so: with the new one it may be taken over.
        """
        if change and enabled_again(form):
            obj.set_unusable_password()
        if change and is_service(obj):
            obj.is_staff = False  # nobody logs in with it
        super().save_model(request, obj, form, change)
        if change and "email" in form.changed_data and (before := form.initial.get("email")):
            mail_owner(obj, "address", before)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """What the editor may not hand on stays as it was: no box of the form stands for it."""
        with (
            kept(form.instance, "groups", grantable_groups(request.user)),
            kept(form.instance, "user_permissions", boxes(request.user)),
        ):
            super().save_related(request, form, formsets, change)
        own = sites_of(request.user)
        if change:
            form.keep_limit()
        elif own is not None:  # who sees some sites only makes no account that sees more
            VisibleSite.objects.limit(form.instance, own)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """To the form of a new password, where the account has none any more."""
        if obj.is_active and not obj.has_usable_password() and not is_service(obj):
            words = _("Set a new password: without one nobody can log in.")
            messages.warning(request, words)
            return HttpResponseRedirect(reverse("admin:auth_user_password_change", args=[obj.pk]))
        return super().response_change(request, obj)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> Any:
        """Django's page; none for a program's account."""
        if id.isdecimal():
            refuse_service(User.objects.filter(pk=int(id)).first())
        return super().user_change_password(request, id, form_url)

    def _person(self, request: HttpRequest, pk: int) -> User:
        user = get_object_or_404(User, pk=pk)
        if not self.has_change_permission(request, user):
            raise PermissionDenied
        return user

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """The form, below how the account can log in."""
        person = context.get("original")
        if person is not None:
            context |= {
                "may_help": self.has_change_permission(request, person),
                "has_factor": second_factor.has_one(person),
                "is_locked": tries.is_locked(person.get_username()),
                "sees": site_limits.seen_by(person, request.user),
                **person_links.shown(person),
            }
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description=gettext_lazy("Name"))
    def full_name(self, user: User) -> str:
        """First and last name."""
        return user.get_full_name() or "—"

    @admin.display(description=gettext_lazy("Groups"))
    def roles(self, user: User) -> str:
        """What the account is for."""
        names = [group.name for group in user.groups.all()]
        marks = [_("Service account")] if hasattr(user, "service") else []
        marks += [_("Superuser")] if user.is_superuser else []
        return ", ".join([*marks, *names]) or "—"

    @admin.display(description=gettext_lazy("Second factor"))
    def factor(self, user: Any) -> str:
        """Whether one is set up."""
        return tick(any(one.type in second_factor.FACTORS for one in user.authenticator_set.all()))

    @admin.display(description=gettext_lazy("Active"))
    def active(self, user: User) -> str:
        """Whether it may log in."""
        return tick(user.is_active)


def refuse_service(user: User | None) -> None:
    """Stop with 403 where the account is a program's: it never gets a password."""
    if user is not None and is_service(user):
        raise PermissionDenied


def enabled_again(form: Any) -> bool:
    """Whether a form enables an account that was disabled."""
    was_active = form.initial.get("is_active", True)
    return bool(form.cleaned_data.get("is_active")) and not was_active


@contextmanager
def kept(row: Any, name: str, offered: QuerySet[Any]) -> Iterator[None]:
    """Give back, after a form was saved, what was there and could not be ticked in it."""
    related = getattr(row, name)
    others = list(related.exclude(pk__in=offered.values("pk")))
    yield
    related.add(*others)


def grantable_groups(user: Any) -> QuerySet[Group]:
    """The groups that a user may put people into: those that give no more than they have."""
    groups = Group.objects.order_by("name")
    if user.is_superuser:
        return groups
    beyond = Permission.objects.exclude(pk__in=grantable(user).values("pk"))
    return groups.exclude(permissions__in=beyond.exclude(codename=FLAG))


def is_own(group: Group, user: Any) -> bool:
    """Whether a group is the user's to change: what it gives they have, where its people see it."""
    if is_limited(user) and not all(sees_no_more(one, user) for one in group.user_set.all()):
        return False
    return grantable_groups(user).filter(pk=group.pk).exists()


@admin.register(Group)
class RoleAdmin(Recorded, ByOwnFilters, GroupAdmin):
    """Groups; three of them are LeadOps's roles."""

    change_list_template = "admin/leads/kit/plain_list.html"
    search_fields = ()
    filter_horizontal = ()
    ordering = ["name"]
    list_display = ["name", "people"]
    show_facets = admin.ShowFacets.NEVER
    form = site_limits.GroupForm

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only of groups that give no more than one has, to nobody who sees more."""
        may = super().has_change_permission(request, obj)
        return may and (obj is None or is_own(obj, request.user))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The same; and no limit goes by the hand of who is limited."""
        may = super().has_delete_permission(request, obj)
        if not may or obj is None:
            return may
        if is_limited(request.user) and VisibleSite.objects.is_limiting(obj):
            return False
        return is_own(obj, request.user)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """The form as this editor may fill it."""
        return site_limits.form_for(
            super().get_form(request, obj, change=change, **kwargs), request
        )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Name and permissions; below them the sites, for who may change them."""
        sets: list[Any] = [(None, {"fields": ["name", "permissions"]})]
        if not self.has_change_permission(request, obj):
            return sets
        sites = {"fields": site_limits.FIELDS, "description": site_limits.OF_GROUPS}
        return [*sets, (site_limits.SECTION, sites)]

    def formfield_for_manytomany(  # type: ignore[override]  # narrower than the stub: what it does for groups
        self,
        db_field: Any,  # noqa: ARG002 - its caller's signature
        request: HttpRequest,
        **kwargs: Any,
    ) -> Any:
        """Permissions as boxes: those that the user may hand on."""
        return PermissionChoices(boxes(request.user), required=False, label=_("Permissions"))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """What no box stands for stays."""
        with kept(form.instance, "permissions", boxes(request.user)):
            super().save_related(request, form, formsets, change)
        form.keep_limit()

    @admin.display(description=gettext_lazy("People"))
    def people(self, group: Group) -> int:
        """How many accounts are in it."""
        return group.user_set.count()
