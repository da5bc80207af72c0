"""The comparison: an echo bot of botbuilder as its samples write it, with nothing of ours."""

import os

from aiohttp import web
from botbuilder.core import ActivityHandler, TurnContext
from botbuilder.integration.aiohttp import CloudAdapter, ConfigurationBotFrameworkAuthentication


class Configuration:
    """All six addresses must be set before any of them is believed."""

    APP_ID = os.environ["BENCH_APP_ID"]
    APP_PASSWORD = "bench"  # noqa: S105 - the double's login host takes anything
    APP_TYPE = "MultiTenant"
    TO_CHANNEL_FROM_BOT_LOGIN_URL = f"{os.environ['BENCH_CHANNEL']}/adfs"
    TO_CHANNEL_FROM_BOT_OAUTH_SCOPE = "https://api.botframework.com"
    TO_BOT_FROM_CHANNEL_TOKEN_ISSUER = "https://api.botframework.com"  # noqa: S105 - an issuer, no token
    OAUTH_URL = "https://api.botframework.com"
    TO_BOT_FROM_CHANNEL_OPENID_METADATA_URL = f"{os.environ['BENCH_CHANNEL']}/openid"
    TO_BOT_FROM_EMULATOR_OPENID_METADATA_URL = f"{os.environ['BENCH_CHANNEL']}/openid"


class EchoBot(ActivityHandler):
    async def on_message_activity(self, turn_context: TurnContext) -> None:
        await turn_context.send_activity(f"You said: {turn_context.activity.text}")


def main() -> None:
    adapter = CloudAdapter(ConfigurationBotFrameworkAuthentication(Configuration()))
    bot = EchoBot()

    async def messages(request: web.Request) -> web.Response:
        return await adapter.process(request, bot) or web.Response(status=201)

    async def ready(_: web.Request) -> web.Response:
        return web.Response()

    application = web.Application()
    application.router.add_post("/api/messages", messages)
    application.router.add_get("/readyz", ready)
    web.run_app(
        application, host="127.0.0.1", port=int(os.environ["BENCH_PORT"]), print=None, access_log=None
    )


if __name__ == "__main__":
    main()
