"""The single-page app, from the folder it was built into."""

from pathlib import PurePosixPath

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

INDEX = "index.html"
ASSETS = "assets"  # Vite puts the hash of the content into the names of all files in there.
IMMUTABLE = "public, max-age=31536000, immutable"
REVALIDATE = "no-cache"
NOT_PAGES = ("api", ".well-known")


class Frontend(StaticFiles):
    """Files as they are; the app's own addresses (`/journal`) give its page; anything else is not found."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Raises HTTPException 404 or 405."""
        try:
            response = await super().get_response(path, scope)
        except ValueError:  # A null byte, which no file name holds.
            raise HTTPException(404) from None
        except HTTPException as error:
            if error.status_code != 404 or not is_page(path, Headers(scope=scope)):
                raise
            response = await super().get_response(INDEX, scope)
        hashed = PurePosixPath(path).parts[:1] == (ASSETS,)
        response.headers["cache-control"] = IMMUTABLE if hashed else REVALIDATE
        return response


def is_page(path: str, headers: Headers) -> bool:
    """Whether an address that is no file is one of the app's own: no API, no file name, asked for by a browser."""
    parts = PurePosixPath(path).parts
    if not parts or parts[0] in NOT_PAGES or "." in parts[-1]:
        return False
    return any(kind in headers.get("accept", "*/*") for kind in ("text/html", "*/*"))
