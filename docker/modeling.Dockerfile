# The modeling service: TensorFlow; no Spark and no Java. As it is, SageMaker and Vertex AI can serve a model with it.
#
#   docker build -f docker/modeling.Dockerfile -t tandem-modeling .
#
# Where packages come from a mirror, say so in a pip configuration file, and give it as a secret, which no layer keeps:
#   docker build --secret id=pip,src=pip.conf …
ARG PYTHON_IMAGE=python:3.12-slim-bookworm

FROM ${PYTHON_IMAGE} AS locked
COPY requirements/modeling.txt /requirements.txt
RUN --mount=type=secret,id=pip,target=/etc/pip.conf --mount=type=cache,target=/root/.cache/pip \
    python -m venv /opt/tandem && /opt/tandem/bin/pip install --require-hashes -r /requirements.txt \
    # headers and a compiler's library, for extensions of TensorFlow, which nobody compiles in here; and others' tests
    && cd /opt/tandem/lib/python3*/site-packages && rm -r tensorflow/include clang pyarrow/tests

FROM ${PYTHON_IMAGE} AS members
COPY requirements/setup.txt /requirements.txt
RUN --mount=type=secret,id=pip,target=/etc/pip.conf --mount=type=cache,target=/root/.cache/pip \
    pip install --root-user-action=ignore --require-hashes -r /requirements.txt
COPY shared/contracts /src/contracts
COPY shared/sources /src/sources
COPY shared/chassis /src/chassis
COPY services/modeling /src/modeling
RUN pip wheel --no-deps --no-build-isolation --wheel-dir /wheels /src/*

FROM ${PYTHON_IMAGE}
RUN useradd --uid 10001 --create-home tandem \
    && install --directory --owner=tandem --group=tandem /var/lib/tandem/storage /var/lib/tandem/state /var/lib/tandem/sources
COPY --from=locked /opt/tandem /opt/tandem
RUN --mount=type=bind,from=members,source=/wheels,target=/wheels \
    /opt/tandem/bin/pip install --no-deps --no-index /wheels/*.whl
COPY docker/healthy docker/serve /usr/local/bin/
ENV PATH=/opt/tandem/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONUNBUFFERED=1 \
    TANDEM_HOST=0.0.0.0 \
    TANDEM_PORT=8002 \
    TANDEM_STORAGE=/var/lib/tandem/storage \
    TANDEM_STATE=/var/lib/tandem/state \
    TANDEM_SOURCE_ROOTS=/var/lib/tandem/sources
USER tandem
WORKDIR /var/lib/tandem
EXPOSE 8002
HEALTHCHECK --interval=10s --timeout=5s --start-period=120s --retries=3 \
    CMD ["healthy"]
CMD ["python", "-m", "modeling.main"]
