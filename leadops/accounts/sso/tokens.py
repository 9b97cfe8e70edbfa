"""What a provider's signed token says, once it is known to be meant for us, here and now."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import jwt

from leadops.accounts.sso.providers import Provider
from leadops.accounts.sso.refusals import Refused

Claims = dict[str, Any]

ALGORITHMS = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA"),
)
"""Signatures that only the provider can make: none by a secret that we know as well."""
LEEWAY = 60
"""Seconds that clocks may differ by."""
LONGEST_SUBJECT = 191
"""Characters: as many as allauth's column has."""
LONGEST_TOKEN = 64 * 1024
FAULTS: list[tuple[type[Exception], str]] = [
    (jwt.ExpiredSignatureError, "expired"),
    (jwt.ImmatureSignatureError, "expired"),
    (jwt.InvalidIssuedAtError, "expired"),
    (jwt.InvalidAudienceError, "audience"),
    (jwt.InvalidIssuerError, "issuer"),
    (jwt.PyJWTError, "token"),
    # What a key of the provider's list can make the library say.
    (Exception, "token"),
]
"""By what the library says, the first that fits: why the token is refused."""


def read(token: Any, keys: Any, provider: Provider, issuer: str, nonce: str) -> Claims:
    """The claims of an ID token, every one of them signed. Raises Refused."""
    if not isinstance(token, str) or len(token) > LONGEST_TOKEN:
        raise Refused("token")
    try:
        claims: Claims = jwt.decode(
            token,
            key_of(token, keys),
            algorithms=list(ALGORITHMS),
            audience=provider.client_id,
            issuer=issuer,
            leeway=LEEWAY,
            options={"require": ["exp", "iat", "iss", "aud", "sub"]},
        )
    except Refused:
        raise
    except Exception as error:  # noqa: BLE001 - the token is a stranger's, whatever it does
        raise Refused(next(reason for kind, reason in FAULTS if isinstance(error, kind))) from None
    judge(claims, provider, nonce)
    return claims


def key_of(token: str, keys: Any) -> Any:
    """The provider's key that the token names; the only one where it names none. Raises Refused."""
    listed = keys.get("keys") if isinstance(keys, dict) else None
    header = jwt.get_unverified_header(token)
    kid, algorithm = header.get("kid"), header.get("alg")
    if algorithm not in ALGORITHMS or not isinstance(listed, list):
        raise Refused("token")
    fitting = [
        one
        for one in listed
        if isinstance(one, dict)
        and (kid is None or one.get("kid") == kid)
        and one.get("use", "sig") == "sig"
        and one.get("kty") in ("RSA", "EC", "OKP")
    ]
    if len(fitting) != 1:
        raise Refused("token")
    return jwt.PyJWK(fitting[0], algorithm=algorithm)


def judge(claims: Claims, provider: Provider, nonce: str) -> None:
    """What the library does not look at. Raises Refused."""
    if claims.get("nonce") != nonce:
        raise Refused("nonce")
    party = claims.get("azp", provider.client_id)
    many = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if party != provider.client_id or (many and "azp" not in claims):
        raise Refused("audience")
    subject = claims["sub"]
    plain = isinstance(subject, str) and subject.isprintable() and subject == subject.strip()
    if not plain or not 0 < len(subject) <= LONGEST_SUBJECT:
        raise Refused("token")


def told_when(claims: Mapping[str, Any]) -> float:
    """When the person last showed the provider that it is them; 0 where it does not say."""
    at = claims.get("auth_time")
    if isinstance(at, bool) or not isinstance(at, int | float):
        return 0
    now = time.time()
    return min(float(at), now) if 0 < at <= now + LEEWAY else 0
