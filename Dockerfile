# Two stages: the first installs what the lock file names, the second carries only that and the bot.
#
# The tag names Debian's release as well as Python's, because of pg_dump: Debian 13 (trixie) brings version 17 of
# PostgreSQL's tools, compose.yaml runs PostgreSQL 17, and pg_dump refuses a server newer than itself. Raise the three
# together: this tag, postgresql-client below, the postgres image in compose.yaml.
FROM python:3.13-slim-trixie AS build
WORKDIR /build
RUN python -m venv /venv
COPY requirements/run.txt requirements/run.txt
RUN /venv/bin/pip install --no-cache-dir --require-hashes -r requirements/run.txt

FROM python:3.13-slim-trixie
# For `backup` on PostgreSQL. The version is in the name, so that a base without it fails here and not at night. Debian's security updates come with each build; the exact version isn't pinned, for Debian drops old ones.
# hadolint ignore=DL3008
# libfribidi0: Pillow loads it to join Arabic letters; without it, pictures leave them out.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libfribidi0 postgresql-client-17 \
    && rm -rf /var/lib/apt/lists/*
# A fixed user id: mounted folders must belong to it (docs/backup.md).
RUN useradd --uid 10001 --no-create-home --home-dir /app --shell /usr/sbin/nologin bot \
    && mkdir -p /app/data && chown bot /app/data && chmod 0700 /app/data
WORKDIR /app
COPY --from=build /venv /venv
COPY bot bot
COPY flows flows
COPY storage storage
# COPY keeps the modes of the checkout: under a strict umask the bot could not read itself.
RUN chmod -R a+rX bot flows storage
# HOST: nothing outside a container reaches its 127.0.0.1. PORT: HEALTHCHECK uses it, in polling mode too.
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 LOG_FORMAT=json HOST=0.0.0.0 PORT=8080
# By number, so that the container's host can see that this is not root.
USER 10001
# SQLite only: the answers and their key.
VOLUME /app/data
EXPOSE 8080
# With Python, as there is no curl here; without a proxy, which could be set for Telegram.
# It checks only that the process is alive. /readyz reports on Telegram and the database: a restart repairs neither.
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.build_opener(u.ProxyHandler({})).open('http://127.0.0.1:' + os.environ['PORT'] + '/healthz', timeout=4)"]
# The bot finishes what is under way and says what is due, 15 seconds at most: allow 30 (docker stop --time 30).
STOPSIGNAL SIGTERM
ENTRYPOINT ["python", "-m", "bot"]
CMD ["run"]
