"""The forms of a source: what it is, and how its posts are answered and told from anybody's."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from leads.desk.kit.generics import ModelForm
from leads.intake.tools import TOOLS
from leads.models import Site, Source

STORED = gettext_lazy("stored; leave empty to keep it")
SECRETS = {
    "verify_token": gettext_lazy("Verify token"),
    "tool_key": gettext_lazy("Google key"),
    "signature_secret": gettext_lazy("Secret"),
}
OWN = "own"
SIGNING = {name: tool for name, tool in TOOLS.items() if tool.signature}
HEADER = r"\A[A-Za-z0-9-]{1,60}\Z"


def tool_choices() -> list[tuple[str, str]]:
    """Every tool that is known; the last one stands for all others."""
    return [(tool.name, _(tool.title)) for tool in TOOLS.values()]


class AddForm(ModelForm[Source]):
    """A further source of a site."""

    tool = forms.ChoiceField(
        label=gettext_lazy("What makes the form?"), choices=tool_choices, widget=forms.RadioSelect
    )

    class Meta:
        model = Source
        fields = ["tool", "name"]
        labels = {"name": gettext_lazy("Name")}
        help_texts = {
            "name": gettext_lazy("What people call the form here, such as: Contact page.")
        }

    def __init__(self, site: Site, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.site = site
        self.fields["name"].required = False

    def clean(self) -> dict[str, Any] | None:
        """A name of its own: the tool's where none is given."""
        cleaned = super().clean() or {}
        tool = TOOLS.get(cleaned.get("tool", ""))
        name = cleaned.get("name") or (tool.title if tool and tool.name != "other" else _("Form"))
        if self.site.sources.filter(name=name).exists():
            self.add_error(
                "name",
                (
                    _("The site has a source “%(name)s” already: give another name.")
                    % {"name": name}
                ),
            )
        return {**cleaned, "name": name}


class SecretField(forms.CharField):
    """A text that is written and never shown again."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"autocomplete": "new-password", "spellcheck": "false"}
        super().__init__(
            required=False, max_length=500, widget=forms.PasswordInput(attrs=attrs), **kwargs
        )


def ways_to_sign() -> list[tuple[str, str]]:
    """The tools whose way is known, and any other."""
    tools = ((n, _("As %(tool)s signs") % {"tool": t.title}) for n, t in SIGNING.items())
    other = _("Otherwise: an HMAC of the body, as said below")
    return [("", _("It does not sign")), *tools, (OWN, other)]


class SettingsForm(ModelForm[Source]):
    """What may be changed of a source."""

    tool = forms.ChoiceField(
        label=gettext_lazy("What makes the form?"),
        choices=lambda: [("", _("I don't know")), *tool_choices()],
        required=False,
    )
    verify_token = SecretField(
        label=gettext_lazy("Verify token"),
        help_text=gettext_lazy("Only if the tool asks for one when it is given the address."),
    )
    tool_key = SecretField(
        label=gettext_lazy("Google key"),
        help_text=gettext_lazy(
            "Google's lead forms send it with each lead; a post without it is refused."
        ),
    )
    signing = forms.ChoiceField(
        label=gettext_lazy("How it signs"),
        choices=ways_to_sign,
        required=False,
        help_text=gettext_lazy(
            "A post that is not signed with the secret is then refused with 401."
        ),
    )
    signature_header = forms.RegexField(
        HEADER,
        label=gettext_lazy("Header"),
        required=False,
        max_length=60,
        error_messages={"invalid": gettext_lazy("A header's name, such as X-Signature.")},
    )
    signature_secret = SecretField(label=gettext_lazy("Secret"))
    forget = forms.MultipleChoiceField(
        label=gettext_lazy("Forget"),
        choices=list(SECRETS.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Secrets that are stored and no longer wanted."),
    )

    class Meta:
        model = Source
        fields = [
            *("name", "tool", "success", "repeat_minutes", "verify_token", "tool_key", "signing"),
            *("signature_header", "signature_algorithm", "signature_encoding", "signature_secret"),
        ]
        labels = {
            "name": gettext_lazy("Name"),
            "signature_algorithm": gettext_lazy("Algorithm"),
            "signature_encoding": gettext_lazy("Written in"),
        }
        help_texts = {
            "repeat_minutes": gettext_lazy(
                "Up to 1440; each repeat is counted on the lead. 0 for off."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kept = {name: getattr(self.instance, name) for name in SECRETS}
        for name, secret in self.kept.items():
            self.initial[name] = ""
            self.fields[name].widget.attrs["placeholder"] = STORED if secret else ""
        stored = [(name, title) for name, title in SECRETS.items() if self.kept[name]]
        if stored:
            self.fields["forget"].choices = stored  # type: ignore[attr-defined]  # a choice, by the form's own field
        else:
            del self.fields["forget"]
        self.initial["signing"] = signing_of(self.instance)

    def clean(self) -> dict[str, Any]:
        """With the secrets of today where none was entered, and what the chosen tool does."""
        cleaned: dict[str, Any] = super().clean() or {}
        forgotten = cleaned.get("forget") or ()
        for name, secret in self.kept.items():
            kept = "" if name in forgotten else secret
            cleaned[name] = (cleaned.get(name) or "").strip() or kept
        self._clean_signing(cleaned)
        named = cleaned.get("name")
        others = self.instance.site.sources.exclude(pk=self.instance.pk)
        if named and others.filter(name=named).exists():
            self.add_error(
                "name", (_("The site has a source “%(named)s” already.") % {"named": named})
            )
        return cleaned

    def _clean_signing(self, cleaned: dict[str, Any]) -> None:
        chosen = cleaned.get("signing", "")
        tool = SIGNING.get(chosen)
        if tool and tool.signature:
            cleaned["signature_header"] = tool.signature.header
            cleaned["signature_algorithm"] = tool.signature.algorithm
            cleaned["signature_encoding"] = tool.signature.encoding
        elif chosen == OWN:
            for name in ("signature_header", "signature_algorithm"):
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, _("Say which one it uses."))
        else:
            cleaned["signature_algorithm"] = ""
        if chosen and not cleaned["signature_secret"]:
            self.add_error("signature_secret", _("Enter the secret that it signs with."))


def signing_of(source: Source) -> str:
    """The tool that signs as the source does; OWN for another way, empty for none."""
    if not source.signature_algorithm:
        return ""
    said = (source.signature_header, source.signature_algorithm, source.signature_encoding)
    for name, tool in SIGNING.items():
        one = tool.signature
        if one and (one.header, one.algorithm, one.encoding) == said:
            return name
    return OWN
