"""The access token that a request carries. It is passed on to the services, which verify it; the edge does not."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyCookie, HTTPBearer
from starlette.requests import HTTPConnection

from voicecbt.edge.cookies import ACCESS_COOKIE
from voicecbt.edge.origins import SAFE_METHODS, require_same_origin
from voicecbt.edge.problems import Problem
from voicecbt.edge.settings import Settings

# RFC 6750's b64token; anything else could not be a token, nor be sent as gRPC metadata.
TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]{1,4096}=*")

bearer_scheme = HTTPBearer(
    scheme_name="bearerToken", bearerFormat="JWT", auto_error=False, description="The access token of sign-in."
)
cookie_scheme = APIKeyCookie(
    scheme_name="cookie",
    name=ACCESS_COOKIE,
    auto_error=False,
    description='Set by sign-in with `"token_delivery": "cookie"`. Writes then need a same-origin `Origin`.',
)


@dataclass(frozen=True, slots=True)
class Credentials:
    """An access token as it came, unverified."""

    token: str = field(repr=False)
    from_cookie: bool

    def metadata(self) -> Sequence[tuple[str, str]]:
        """What makes a gRPC call the person's own."""
        return (("authorization", f"Bearer {self.token}"),)


def find_credentials(connection: HTTPConnection) -> Credentials:
    """From the Authorization header, else from the cookie. Raises Problem 401 without either."""
    header = connection.headers.get("authorization")
    if header is not None:
        scheme, _, token = header.partition(" ")
        return _checked(token.strip() if scheme.lower() == "bearer" else "", from_cookie=False)
    return _checked(connection.cookies.get(ACCESS_COOKIE, ""), from_cookie=True)


async def authorised(
    request: Request,
    _bearer: Annotated[object, Security(bearer_scheme)],
    _cookie: Annotated[object, Security(cookie_scheme)],
) -> Credentials:
    """Dependency of every route that acts for a person. Raises Problem 401, or 403 for a cross-site write.

    Asynchronous, like all dependencies here, because FastAPI sends others through a thread, which costs more than they.
    """
    credentials = find_credentials(request)
    if credentials.from_cookie and request.method not in SAFE_METHODS:
        settings: Settings = request.app.state.settings
        require_same_origin(request, settings.allowed_origins)
    return credentials


def client_address(request: Request) -> Sequence[tuple[str, str]]:
    """Tells auth from which address somebody tries to sign in, so that it can limit tries per address."""
    return (("x-forwarded-for", request.client.host),) if request.client else ()


Person = Annotated[Credentials, Depends(authorised)]


def _checked(token: str, *, from_cookie: bool) -> Credentials:
    if not token:
        raise Problem(401, "Sign in first: this needs an access token.", reason="TOKEN_MISSING")
    if not TOKEN.fullmatch(token):
        raise Problem(401, "The access token is not valid; sign in again.", reason="TOKEN_INVALID")
    return Credentials(token, from_cookie)
