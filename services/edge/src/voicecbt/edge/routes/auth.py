"""Accounts and tokens. Browsers ask for their tokens in cookies; other clients get them in the body."""

from typing import Annotated, Literal, TypeVar

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field, create_model
from starlette.responses import Response

from voicecbt.edge import cookies, examples
from voicecbt.edge.backends import Services
from voicecbt.edge.bodies import CheckedBody
from voicecbt.edge.conversion import respond, to_message
from voicecbt.edge.credentials import client_address
from voicecbt.edge.limits import REST_TIMEOUT_SECONDS
from voicecbt.edge.openapi import EVERY_ROUTE, WRITING, answers
from voicecbt.edge.origins import refuse_cross_origin, require_same_origin
from voicecbt.edge.problems import Problem
from voicecbt.edge.schemas import request_model
from voicecbt.stubs.auth.v1 import auth_pb2

router = APIRouter(tags=["auth"])

PROBLEMS = (400, 401, 403, 413, 415, *EVERY_ROUTE)

TokenDelivery = Literal["body", "cookie"]
DELIVERY_FIELD = "token_delivery"
TOLD_BY_EDGE = frozenset({DELIVERY_FIELD})

Issued = TypeVar("Issued", auth_pb2.RegisterResponse, auth_pb2.SignInResponse, auth_pb2.RefreshResponse)


class TokenBody(BaseModel):
    """A refresh token, unless the request's cookie carries it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    refresh_token: str = Field("", max_length=200, description="Left out by browsers, whose cookie carries it.")
    token_delivery: TokenDelivery | None = Field(None, description="Where the old token came from, if not told.")


def _with_delivery(model: type[BaseModel]) -> type[BaseModel]:
    field = Field("body", description="`cookie`: tokens are set as HttpOnly cookies and left out of the body.")
    return create_model(model.__name__, __base__=model, token_delivery=(TokenDelivery, field))


REGISTER = CheckedBody(
    _with_delivery(request_model(auth_pb2.RegisterRequest.DESCRIPTOR)),
    {"email": "robin@example.org", "password": "correct horse battery staple", "timezone": "Europe/Berlin"},
)
SIGN_IN = CheckedBody(
    _with_delivery(request_model(auth_pb2.SignInRequest.DESCRIPTOR)),
    {"email": "robin@example.org", "password": "correct horse battery staple", "token_delivery": "cookie"},
)
REFRESH = CheckedBody(TokenBody, {"refresh_token": "opaque"})
SIGN_OUT = CheckedBody(TokenBody, {"refresh_token": "opaque"})


@router.post(
    "/api/v1/auth/register",
    summary="Create an account and sign in",
    status_code=201,
    responses=answers(
        auth_pb2.RegisterResponse(profile=examples.PROFILE, tokens=examples.TOKENS), 409, *PROBLEMS, status=201
    ),
    openapi_extra=REGISTER.openapi(),
)
async def register(request: Request, services: Services, body: Annotated[BaseModel, Depends(REGISTER)]) -> Response:
    """409 when the email or the user name is taken. Passwords have 10 to 200 characters."""
    by_cookie = _asks_for_cookies(request, body)
    message = to_message(auth_pb2.RegisterRequest, body, TOLD_BY_EDGE)
    answer = await services.auth.Register(message, timeout=REST_TIMEOUT_SECONDS, metadata=client_address(request))
    return _deliver(request, answer, by_cookie=by_cookie, status=201)


@router.post(
    "/api/v1/auth/sign-in",
    summary="Sign in",
    responses=answers(auth_pb2.SignInResponse(profile=examples.PROFILE, tokens=examples.TOKENS), *PROBLEMS),
    openapi_extra=SIGN_IN.openapi(),
)
async def sign_in(request: Request, services: Services, body: Annotated[BaseModel, Depends(SIGN_IN)]) -> Response:
    """401 for an unknown email and for a wrong password alike."""
    by_cookie = _asks_for_cookies(request, body)
    message = to_message(auth_pb2.SignInRequest, body, TOLD_BY_EDGE)
    answer = await services.auth.SignIn(message, timeout=REST_TIMEOUT_SECONDS, metadata=client_address(request))
    return _deliver(request, answer, by_cookie=by_cookie)


@router.post(
    "/api/v1/auth/refresh",
    summary="Exchange a refresh token for new tokens",
    responses=answers(auth_pb2.RefreshResponse(tokens=examples.TOKENS), *PROBLEMS),
    openapi_extra=REFRESH.openapi(),
)
async def refresh(request: Request, services: Services, body: Annotated[TokenBody, Depends(REFRESH)]) -> Response:
    """Each refresh token works once; using one again signs out everything that came from it."""
    token, from_cookie = _refresh_token(request, body)
    by_cookie = from_cookie if body.token_delivery is None else body.token_delivery == "cookie"  # noqa: S105
    if by_cookie:
        refuse_cross_origin(request, request.app.state.settings.allowed_origins)
    if not token:
        raise Problem(401, "Sign in first: this needs a refresh token.", reason="TOKEN_MISSING")
    message = auth_pb2.RefreshRequest(refresh_token=token)
    answer = await services.auth.Refresh(message, timeout=REST_TIMEOUT_SECONDS, metadata=client_address(request))
    return _deliver(request, answer, by_cookie=by_cookie)


@router.post(
    "/api/v1/auth/sign-out",
    summary="Sign out",
    responses=answers(auth_pb2.SignOutResponse(), *WRITING),
    openapi_extra=SIGN_OUT.openapi(),
)
async def sign_out(request: Request, services: Services, body: Annotated[TokenBody, Depends(SIGN_OUT)]) -> Response:
    """Revokes the refresh token and all that it led to, and takes the cookies back. Idempotent."""
    token, _ = _refresh_token(request, body)
    message = auth_pb2.SignOutRequest(refresh_token=token)
    answer = await services.auth.SignOut(message, timeout=REST_TIMEOUT_SECONDS) if token else auth_pb2.SignOutResponse()
    response = respond(answer)
    cookies.clear_tokens(response, secure=cookies.came_by_https(request))
    return response


def _asks_for_cookies(request: Request, body: BaseModel) -> bool:
    by_cookie: bool = getattr(body, DELIVERY_FIELD) == "cookie"
    if by_cookie:  # Another site must not sign a browser in to an account of its choice.
        refuse_cross_origin(request, request.app.state.settings.allowed_origins)
    return by_cookie


def _refresh_token(request: Request, body: TokenBody) -> tuple[str, bool]:
    """The token, and whether it is the cookie's. Raises Problem 403 for a cookie on a cross-site request."""
    if body.refresh_token or cookies.REFRESH_COOKIE not in request.cookies:
        return body.refresh_token, False
    require_same_origin(request, request.app.state.settings.allowed_origins)
    return request.cookies[cookies.REFRESH_COOKIE], True


def _deliver(request: Request, answer: Issued, *, by_cookie: bool, status: int = 200) -> Response:
    if not by_cookie:
        return respond(answer, status)
    tokens = auth_pb2.Tokens()
    tokens.CopyFrom(answer.tokens)
    # Scripts may know when to refresh; the tokens themselves stay out of their reach.
    answer.tokens.access_token = answer.tokens.refresh_token = ""
    response = respond(answer, status)
    cookies.set_tokens(response, tokens, secure=cookies.came_by_https(request))
    return response
