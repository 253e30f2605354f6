# Hunch in a container: `docker build -t hunch .`, and docs/deploy.md for the rest.
# Nothing is fetched but the base image and what requirements.txt names by its hash.
FROM python:3.13-slim AS build
WORKDIR /build
RUN python -m venv /opt/hunch
COPY requirements.txt ./
RUN /opt/hunch/bin/python -m pip install --disable-pip-version-check --no-cache-dir \
      --require-hashes --only-binary :all: -r requirements.txt
COPY LICENSE README.md manifest.yml pyproject.toml ./
COPY bot bot
COPY handlers handlers
COPY jobs jobs
COPY playground playground
COPY storage storage
RUN /opt/hunch/bin/python -m pip install --disable-pip-version-check --no-cache-dir \
      --no-deps --no-build-isolation . \
    && /opt/hunch/bin/python -m compileall -q /opt/hunch/lib

FROM python:3.13-slim
# PostgreSQL, should Hunch bring it along, wants a user with a name, and not root.
RUN groupadd --gid 10001 hunch \
    && useradd --uid 10001 --gid hunch --no-create-home --home-dir /data hunch \
    && install -d -o hunch -g hunch -m 0700 /data
COPY --from=build /opt/hunch /opt/hunch
ENV PATH=/opt/hunch/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HUNCH_DATA_DIR=/data \
    HUNCH_HOST=0.0.0.0 \
    HUNCH_LOG_FORMAT=json
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import http.client, os, sys; line = http.client.HTTPConnection('127.0.0.1', int(os.environ.get('HUNCH_PORT') or 3000), timeout=4); line.request('GET', '/health/live'); sys.exit(line.getresponse().status != 200)"]
ENTRYPOINT ["hunch"]
CMD ["run"]
