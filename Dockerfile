# syntax=docker/dockerfile:1
# One image for every process of the stack: `quod serve` (the default), `quod db upgrade`, `dask scheduler`, `dask worker`.
#
#   docker build --build-arg FLAVOUR=full .      with torch's CPU build: the translator that ships runs
#   docker build --build-arg FLAVOUR=remote .    without: for language models that a server runs
#
# Debian's SWI-Prolog and Python, since janus-swi is compiled against both. docs/decisions/0012-stack.md.
ARG BASE=debian:13-slim

# hadolint global ignore=DL3008
# DL3008, versions of Debian's packages: its archive keeps one of each, and a security update would break the build.

FROM ${BASE} AS engines
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates python3 swi-prolog-nox \
    && rm -rf /var/lib/apt/lists/*

FROM engines AS builder
ARG FLAVOUR=full
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN apt-get update \
    && apt-get install --yes --no-install-recommends gcc libc6-dev python3-dev python3-venv \
    && rm -rf /var/lib/apt/lists/* \
    && python3 -m venv /opt/build \
    && python3 -m venv /opt/quod
WORKDIR /build
COPY pyproject.toml ./
COPY requirements ./requirements
# torch comes first and by itself, so that nothing else resolves it. What compiles stays in an environment of its own.
RUN case $FLAVOUR in full | remote) ;; *) echo "FLAVOUR is full or remote, not '$FLAVOUR'" >&2; exit 1 ;; esac \
    && for lock in core local; do grep -v '^janus-swi==' "requirements/$lock.lock" >"$lock.txt"; done \
    && if [ "$FLAVOUR" = full ]; then \
        torch=$(sed -n 's/^local = \["\(torch==[0-9.]*\)".*/\1/p' pyproject.toml) \
        && /opt/quod/bin/pip install --constraint local.txt --extra-index-url "$TORCH_INDEX" "$torch+cpu" \
        && /opt/quod/bin/pip install --requirement local.txt; \
    fi \
    && /opt/quod/bin/pip install --requirement core.txt \
    && /opt/quod/bin/pip install --constraint requirements/dev.lock 'psycopg[binary]' \
    && /opt/build/bin/pip install --requirement requirements/build.lock \
    && janus=$(sed -n 's/^\(janus-swi==[^ ;]*\).*/\1/p' requirements/core.lock) \
    && /opt/build/bin/pip wheel --no-build-isolation --no-deps --wheel-dir wheels "$janus"
COPY README.md LICENSE alembic.ini ./
COPY prompts ./prompts
COPY migrations ./migrations
COPY solvers ./solvers
COPY app ./app
# In the end the engines must load as the solvers start them.
RUN /opt/build/bin/pip wheel --no-build-isolation --no-deps --wheel-dir wheels . \
    && /opt/quod/bin/pip install --no-deps wheels/*.whl \
    && env -i /opt/quod/bin/python -I -c 'import cvc5, janus_swi, z3; print(janus_swi.query_once("X is 2 rdiv 6"))'

FROM engines
ARG BASE
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Quod" \
    org.opencontainers.image.description="Ask in plain language, get an answer with evidence that a machine has checked." \
    org.opencontainers.image.licenses="Apache-2.0" \
    org.opencontainers.image.version="$VERSION" \
    org.opencontainers.image.revision="$REVISION" \
    org.opencontainers.image.base.name="$BASE"
RUN useradd --uid 10001 --user-group --home-dir /var/lib/quod --create-home --shell /usr/sbin/nologin quod
COPY --from=builder /opt/quod /opt/quod
# Outside of the stack the database is /var/lib/quod/quod.db: put a volume there. All else that is written goes to /tmp.
ENV PATH=/opt/quod/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    XDG_DATA_HOME=/var/lib \
    XDG_CACHE_HOME=/tmp/cache \
    MPLCONFIGDIR=/tmp/matplotlib \
    HF_HUB_OFFLINE=1 \
    QUOD_LOG_FORMAT=json
USER 10001:10001
WORKDIR /var/lib/quod
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=10s --start-period=60s --retries=4 \
    CMD ["python3", "-I", "-S", "-c", "import urllib.request as http; http.urlopen('http://127.0.0.1:8000/readyz', timeout=8)"]
CMD ["quod", "serve", "--host", "0.0.0.0", "--port", "8000"]
