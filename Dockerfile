# Two stages: the first installs what the lock file names, the second carries only that and the bot.
FROM python:3.12-slim AS build
WORKDIR /build
RUN python -m venv /venv
COPY requirements/run.txt requirements/run.txt
RUN /venv/bin/pip install --no-cache-dir --require-hashes -r requirements/run.txt

FROM python:3.12-slim
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin bot \
    && mkdir -p /app/data && chown bot /app/data
WORKDIR /app
COPY --from=build /venv /venv
COPY bot bot
COPY flows flows
COPY storage storage
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 LOG_FORMAT=json
USER bot
# The answers and their key: keep this volume, and back both up together.
VOLUME /app/data
# The bot touches this file each time Telegram has answered and all of the answer is kept: every half minute at least.
HEALTHCHECK --interval=60s --timeout=5s --start-period=60s --retries=3 \
    CMD ["sh", "-c", "find /app/data -name '*.alive' -mmin -2 | grep -q ."]
STOPSIGNAL SIGTERM
ENTRYPOINT ["python", "-m", "bot"]
CMD ["run"]
