# docker compose up -d     (compose.yaml; docs/service.md)
# Everything that is installed is locked with hashes: packages by uv.lock and packaging/build.txt, the page's by
# ui/package-lock.json. The base image is named by its tag, which its makers move; to fix it too, give its digest:
# docker build --build-arg PYTHON=python:3.13-slim@sha256:… .
ARG PYTHON=python:3.13-slim

FROM ${PYTHON} AS build
WORKDIR /source
COPY packaging/build.txt packaging/
RUN pip install --no-cache-dir --require-hashes -r packaging/build.txt
COPY pyproject.toml uv.lock README.md LICENSE hatch_build.py ./
COPY scripts scripts
COPY ui ui
COPY src src
RUN scripts/page.sh \
    && uv build --quiet --wheel --no-build-isolation --python "$(command -v python)" --out-dir /wheels \
    && uv export --quiet --frozen --no-dev --no-emit-project --no-header --no-annotate \
        --extra service --extra postgres --extra parquet --output-file /wheels/requirements.txt

FROM ${PYTHON}
RUN useradd --system --uid 1000 --home-dir /data --shell /usr/sbin/nologin heliograph \
    && install -d -o heliograph -g heliograph -m 0700 /data
COPY --from=build /wheels /wheels
RUN pip install --no-cache-dir --require-hashes -r /wheels/requirements.txt \
    && pip install --no-cache-dir --no-deps /wheels/*.whl \
    && rm -r /wheels
USER heliograph
ENV HELIOGRAPH_DATA=/data HELIOGRAPH_WEB_HOST=0.0.0.0 PYTHONUNBUFFERED=1
VOLUME /data
EXPOSE 8420
STOPSIGNAL SIGTERM
# Follows web.port and TLS.
HEALTHCHECK --interval=60s --timeout=5s --start-period=30s CMD ["python", "-m", "heliograph.app.health"]
ENTRYPOINT ["heliograph"]
CMD ["run"]
