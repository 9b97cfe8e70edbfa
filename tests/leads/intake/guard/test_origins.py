"""Any Origin and Referer: a page is the site's own, or it is not, and nothing breaks over it."""

from __future__ import annotations

from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from leads.decisions.unknown_pages import host_of
from leads.intake.guard.foreign import why_held
from leads.intake.guard.origins import alike, origin_of, page_behind
from leads.models import Site

OWN = "https://www.example.com"
ODD = st.text(st.characters(codec="utf-8"), max_size=60)
NAMES = st.sampled_from(["example.com", "www.example.com", "evil.example", "www.", "[::1]", "ü.de"])
ADDRESS = st.builds(
    "{}://{}{}{}".format,
    st.sampled_from(["https", "http", "HTTPS", "file", ""]),
    st.builds("{}{}{}".format, ODD, NAMES, ODD) | NAMES,
    st.sampled_from(["", ":443", ":80", ":0", ":99999", ":x"]),
    ODD.map("/{}".format) | st.just(""),
)
HEADER = ODD | ADDRESS | st.sampled_from(["null", ""])


@given(HEADER, HEADER)
def test_a_page_is_own_if_its_origin_is_and_has_one_if_it_has_an_address(
    origin: str, referer: str
) -> None:
    request = RequestFactory().post("/", headers={"Origin": origin, "Referer": referer})

    page = page_behind(request, Site(allowed_origins=OWN))

    assert page.is_own == (page.origin in alike(OWN))
    assert page.address.startswith(page.origin)
    assert bool(page.address) == bool(page.origin)
    assert "?" not in page.address
    assert len(why_held(page)) <= 300
    assert page.origin in ("", origin_of(origin or referer))


@given(ADDRESS)
def test_what_is_alike_is_so_both_ways_and_but_for_the_www(address: str) -> None:
    origin = origin_of(address)

    for one in alike(origin):
        assert origin in alike(one)
        assert one.replace("://www.", "://") == origin.replace("://www.", "://")


@given(ADDRESS)
def test_what_may_be_allowed_is_found_by_its_host_again(address: str) -> None:
    origin = origin_of(address)

    if host := host_of(origin):
        assert origin_of(f"https://{host}") == origin
        assert "/" not in host
