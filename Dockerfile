# Our own programs: worker, adapters, monitor and the tools that apply declarations. Servers come from their makers' images.
# The first stage has a C compiler, for the hot modules (docs/decisions/0014); the second is what runs.
FROM python:3.11 AS compiled
WORKDIR /opt/govbus
RUN python -m venv .venv && .venv/bin/pip install --no-cache-dir uv==0.13.9
ENV VIRTUAL_ENV=/opt/govbus/.venv
COPY requirements.lock ./
RUN .venv/bin/uv pip sync --no-cache --require-hashes requirements.lock
COPY pyproject.toml README.md ./
COPY govbus govbus
RUN .venv/bin/uv pip install --no-cache --no-deps -e .
COPY schemas schemas
COPY topics topics
COPY adapters adapters
COPY agents agents
COPY audit audit
COPY monitoring monitoring
COPY local local
RUN .venv/bin/python -m local.compiled

FROM python:3.11-slim
ENV PYTHONUNBUFFERED=1 GOVBUS_HOME=/site VIRTUAL_ENV=/opt/govbus/.venv
WORKDIR /opt/govbus
COPY --from=compiled /opt/govbus /opt/govbus
USER 1000:1000
ENTRYPOINT ["/opt/govbus/.venv/bin/govbus"]
