"""Claims are read whatever they are."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from leadops.accounts.sso.claims import groups_in, identity_of, text
from leadops.accounts.sso.providers import Provider

PROVIDER = Provider(
    slug="oidc",
    name="Example",
    issuer="https://login.example.com",
    client_id="leadops",
    client_secret="",
    scopes=("openid",),
    groups_claim="groups",
    groups={"admins": "Administrator"},
    sign_up=True,
    link_domains=frozenset({"example.com"}),
    second_factor=frozenset({"mfa"}),
    is_judged=False,
)
NAMES = ("email", "email_verified", "groups", "amr", "acr", "auth_time", "given_name")
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text("a@.\n", max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.just("a"), inner),
    max_leaves=4,
)


def test_dots_lead_into_a_claim() -> None:
    told = {"realm": {"roles": ["a"]}, "https://x.example/roles": ["b"]}

    assert groups_in(told, "realm.roles") == {"a"}
    assert groups_in(told, "https://x.example/roles") == {"b"}
    assert groups_in(told, "realm.roles.a") == frozenset()


def test_a_name_is_one_line_of_what_a_column_holds() -> None:
    assert text(" E\x00v\na" + "x" * 200, 150) == "Eva" + "x" * 147


@given(claims=st.dictionaries(st.sampled_from(NAMES), anything, max_size=4))
def test_whatever_is_claimed_gives_nothing_that_is_not_listed(claims: dict[str, Any]) -> None:
    who = identity_of(PROVIDER, {"sub": "eva-1", **claims}, claims)

    assert who.roles == frozenset()
    assert who.email in ("", claims.get("email"))
    assert who.showed_factor is False
    assert who.proved_at >= 0
