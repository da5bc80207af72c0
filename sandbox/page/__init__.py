"""The page: three panes of plain HTML, CSS and ES modules, and the official renderer of cards."""

from pathlib import Path

from aiohttp import web

HERE = Path(__file__).parent
POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: https:; frame-src 'self'"
SERVED = {".css": "text/css", ".js": "text/javascript", ".html": "text/html"}


def routes() -> list[web.RouteDef]:
    return [web.get("/", _file), web.get("/page/{name:[a-z/.-]+}", _file)]


async def _file(request: web.Request) -> web.Response:
    """Serve one file of the page, and nothing else of this folder."""
    if not (HERE / "vendor").is_dir():
        raise web.HTTPServiceUnavailable(text="Once, and with a network: python -m sandbox.page.vendor")
    path = (HERE / request.match_info.get("name", "index.html")).resolve()
    if path.suffix not in SERVED or not path.is_relative_to(HERE) or not path.is_file():
        raise web.HTTPNotFound
    headers = {"Cache-Control": "no-cache", "Content-Security-Policy": POLICY}
    body = path.read_bytes()
    return web.Response(body=body, content_type=SERVED[path.suffix], charset="utf-8", headers=headers)
