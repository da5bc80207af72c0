# Guestlist in one image (docs/adr/0070). Nothing is compiled, nothing is fetched but what uv.lock names with its hash.
# Behind the tag is, at each `docker build --pull`, what has Debian's newest fixes. For the same bytes each time:
#   docker build --build-arg PYTHON=python:3.11.16-slim-trixie@sha256:… .
# checkov:skip=CKV_DOCKER_7:the argument names a whole version
ARG PYTHON=python:3.11.16-slim-trixie

FROM ${PYTHON} AS build
# The uv of the Makefile and of uv.lock, whose hashes these are: for x86-64 and for 64-bit ARM.
RUN printf '%s ' 'uv==0.13.8' \
    '--hash=sha256:e18a57b8b352eb7c8feb317b9f6f533c8f0ad9673fd6cf34bbe3cf1a9f6a8984' \
    '--hash=sha256:0b3e8b1a4f5e405e31e2ff33de8af4744831e9f7338539671efbd8c3c94e791d' >/tmp/uv.txt \
 && pip install --no-cache-dir --disable-pip-version-check --require-hashes --only-binary=:all: -r /tmp/uv.txt
ENV UV_PROJECT_ENVIRONMENT=/opt/guestlist \
    UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_PYTHON_DOWNLOADS=never
WORKDIR /src
# What others wrote, in a layer of its own: it changes with uv.lock alone.
COPY pyproject.toml uv.lock ./
RUN uv sync --locked --no-dev --extra telemetry --extra azure-monitor --no-install-project --no-build
# What we wrote. uv builds it by itself, without a network; its lock file, which anybody may write to, is of no use later.
COPY README.md LICENSE ./
COPY access access
COPY bot bot
COPY cards cards
COPY dialogs dialogs
COPY manifest manifest
RUN uv sync --locked --no-dev --extra telemetry --extra azure-monitor --no-editable --offline \
 && rm /opt/guestlist/.lock \
 && chmod -R a+rX /opt/guestlist

FROM ${PYTHON}
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Guestlist" \
      org.opencontainers.image.description="Brings external guests into an organisation from Microsoft Teams" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.licenses="MIT"
RUN groupadd --gid 10001 guestlist \
 && useradd --uid 10001 --gid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin guestlist \
 && install --directory --owner 10001 --group 10001 --mode 700 /data
COPY --from=build /opt/guestlist /opt/guestlist
WORKDIR /app
COPY app.py ./
# Git gives files the modes of whoever cloned them, who may have let nobody else read.
RUN chmod 644 app.py
# Its root may be read-only: only /tmp is written to, and /data where the database is a file of SQLite.
ENV PATH=/opt/guestlist/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    GUESTLIST_HOST=0.0.0.0 \
    GUESTLIST_PORT=3978 \
    GUESTLIST_DATABASE_URL=sqlite:////data/guestlist.db \
    GUESTLIST_POLICY_FILE=/etc/guestlist/policy.toml
USER 10001:10001
EXPOSE 3978
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=6s --start-period=60s --retries=3 CMD ["python", "-I", "-S", "-c", \
  "import http.client as h, os, sys; c = h.HTTPConnection('127.0.0.1', int(os.environ['GUESTLIST_PORT']), timeout=5); c.request('GET', '/healthz'); sys.exit(c.getresponse().status != 200)"]
ENTRYPOINT ["guestlist"]
CMD ["run"]
