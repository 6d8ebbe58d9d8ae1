"""Which address an attempt is counted for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecbt.auth.peers import UNKNOWN_PEER, networks, origin

pytestmark = pytest.mark.unit

TRUSTED = networks(["127.0.0.0/8", "10.0.0.0/8"])
EDGE = "ipv4:10.0.0.7:51234"


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("ipv4:203.0.113.9:4711", "", "203.0.113.9"),
        ("ipv4:203.0.113.9:4711", "198.51.100.1", "203.0.113.9"),
        (EDGE, "", "10.0.0.7"),
        (EDGE, "203.0.113.9", "203.0.113.9"),
        (EDGE, "203.0.113.9, 10.0.0.3", "203.0.113.9"),
        (EDGE, "1.2.3.4, 203.0.113.9, 10.0.0.3", "203.0.113.9"),
        (EDGE, "1.2.3.4, rubbish, 10.0.0.3", "10.0.0.3"),
        ("ipv6:%5B2001:db8:1:2:3::4%5D:4711", "", "2001:db8:1:2::/64"),
        ("ipv6:[2001:db8:1:2:9::9]:4711", "", "2001:db8:1:2::/64"),
        ("ipv6:[::ffff:203.0.113.9]:4711", "", "203.0.113.9"),
        ("ipv6:[::ffff:10.0.0.7]:1", "203.0.113.9", "203.0.113.9"),
        ("unix:/run/auth.sock", "203.0.113.9", UNKNOWN_PEER),
        ("", "", UNKNOWN_PEER),
    ],
)
def test_the_nearest_address_that_is_not_ours_counts(peer, forwarded, expected):
    assert origin(peer, forwarded, TRUSTED) == expected


@given(st.text(max_size=60), st.text(max_size=60))
def test_nothing_breaks_it(peer, forwarded):
    assert origin(peer, forwarded, TRUSTED)


@given(st.text(max_size=60))
def test_a_stranger_cannot_choose_the_address(forwarded):
    assert origin("ipv4:203.0.113.9:1", forwarded, TRUSTED) == "203.0.113.9"


def test_a_network_that_is_none_is_refused():
    with pytest.raises(ValueError, match=r"10\.0\.0\.0/99"):
        networks(["10.0.0.0/99"])
