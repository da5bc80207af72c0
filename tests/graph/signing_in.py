"""Sign in with a certificate for each scope on standard input; a process, since it has roots of its own."""

import asyncio
import logging
import sys

from access.ports import AccessError
from bot.credential import open_credential


async def main(login_url: str, file: str, tenant_id: str, app_id: str) -> None:
    ids = {"tenant_id": tenant_id, "app_id": app_id, "login_url": login_url}
    credential = open_credential("certificate", certificate_file=file, **ids)
    while scope := (await asyncio.to_thread(sys.stdin.readline)).strip():
        try:
            said = (await credential.get_token(scope)).token
        except AccessError as error:
            said = f"{error.cause}: {error}"
        sys.stdout.write(said + "\n")
        sys.stdout.flush()
    await credential.close()


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    logging.getLogger("azure").setLevel(logging.ERROR)
    asyncio.run(main(*sys.argv[1:]))
