# One image for web, worker, beat and migrations; docker-compose.yml says which runs what.
FROM python:3.11-slim-bookworm AS packages
RUN python -m venv /opt/venv
COPY requirements.txt /tmp/requirements.txt
RUN /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /tmp/requirements.txt


FROM python:3.11-slim-bookworm
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=config.settings.production \
    CONCORD_DATA_DIR=/data \
    GRANIAN_WORKERS=2
RUN useradd --system --uid 10001 --user-group --no-create-home --home-dir /data concord \
    && install --directory --owner concord --group concord --mode 0750 /data
WORKDIR /app
COPY --from=packages /opt/venv /opt/venv
COPY manage.py LICENSE ./
COPY config ./config
COPY stats ./stats
COPY reports ./reports
COPY projects ./projects
COPY annotation ./annotation
COPY evaluation ./evaluation
COPY campaign ./campaign
COPY publishing ./publishing
COPY templates ./templates
COPY static ./static
COPY locale ./locale
COPY scripts/healthcheck.py ./scripts/healthcheck.py
# The values below serve this one command, which opens no connection and signs nothing.
RUN CONCORD_DATA_DIR=/tmp/build CONCORD_ALLOWED_HOSTS=build.invalid \
    CONCORD_SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(48))')" \
    DATABASE_URL=postgres://build.invalid/none REDIS_URL=redis://build.invalid/0 \
    python manage.py collectstatic --noinput \
    && python -m compileall -q . \
    && rm -rf /tmp/build
USER concord
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 CMD ["python", "scripts/healthcheck.py"]
CMD ["granian", "--interface", "wsgi", "config.wsgi:application", "--host", "0.0.0.0", "--port", "8000", "--blocking-threads", "4", "--no-ws", "--respawn-failed-workers"]
