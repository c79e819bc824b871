# docker build -t heliograph . && docker run -d --name heliograph --network host -v heliograph:/data heliograph
# See docs/service.md. The page is built first, so that the image needs no Node.
FROM node:22-slim AS page
WORKDIR /source
COPY ui ui
RUN cd ui && npm ci && npx vite build --outDir /page --emptyOutDir

FROM python:3.13-slim AS wheel
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY src src
COPY --from=page /page src/heliograph/web/page
RUN pip install --no-cache-dir build && python -m build --wheel --outdir /wheels

FROM python:3.13-slim
RUN useradd --system --uid 1000 --home-dir /data --shell /usr/sbin/nologin heliograph \
    && install -d -o heliograph -g heliograph -m 0700 /data
COPY --from=wheel /wheels /wheels
RUN pip install --no-cache-dir "$(ls /wheels/*.whl)[service,postgres]" && rm -r /wheels
USER heliograph
ENV HELIOGRAPH_DATA=/data HELIOGRAPH_WEB_HOST=0.0.0.0 PYTHONUNBUFFERED=1
VOLUME /data
EXPOSE 8420
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=60s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8420/api/v1/health/live', timeout=4)"]
ENTRYPOINT ["heliograph"]
CMD ["run"]
