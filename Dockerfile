# Paceline's own services, one image: the command says which. docker-compose.yml says how each is started.

FROM python:3.13.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_INPUT=1
RUN python -m venv /opt/paceline
COPY requirements.txt /build/
# Each package is checked against its hash; no source of packages is named.
RUN /opt/paceline/bin/pip install --require-hashes --requirement /build/requirements.txt
COPY . /build/
# Without isolation, since it would fetch a build tool that no hash vouches for.
RUN /opt/paceline/bin/pip install --no-deps --no-build-isolation /build

FROM python:3.13.13-slim
# Whoever starts it chooses the user; this one is for who doesn't.
RUN useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin paceline
COPY --from=build /opt/paceline /opt/paceline
ENV PATH=/opt/paceline/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
WORKDIR /tmp
# SIGTERM ends a service in order: what it has in hand is stored first.
STOPSIGNAL SIGTERM
# Of `api`; docker-compose.yml has one for each of the others.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=4 \
    CMD ["python", "-m", "paceline.answers", "http://127.0.0.1:8000/api/v1/health"]
ENTRYPOINT ["paceline"]
CMD ["api"]
