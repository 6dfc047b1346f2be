# The portal as one image; docker-compose.yml says which part of it a container runs.
FROM python:3.13-slim AS build

WORKDIR /portal
RUN python -m venv /venv
ENV PATH=/venv/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements.lock ./
RUN pip install --require-hashes -r requirements.lock
COPY . .
# Neither asks a database or a secret.
RUN python manage.py compile_catalogues && python manage.py collectstatic --noinput

FROM python:3.13-slim

RUN useradd --uid 10001 --create-home --shell /usr/sbin/nologin portal \
    && install -d -o portal -g portal /media
WORKDIR /portal
COPY --from=build /venv /venv
COPY --from=build /portal /portal
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PORTAL_ENV=production \
    PORTAL_MEDIA=/media
USER portal
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--no-ws", \
     "--workers", "2", "--blocking-threads", "8", "--backlog", "2048", "--respawn-failed-workers", \
     "ops_portal.wsgi:application"]
