# Our parts: one image, whose entry point is `ucc`. Built twice so that the second holds no compiler, no sources and no cache.
FROM python:3.11-slim-bookworm AS built
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY schemas schemas
COPY reference reference
COPY pipeline pipeline
COPY connectors connectors
COPY sinks sinks
COPY dashboards dashboards
COPY ucc ucc
RUN python -m venv /opt/ucc && /opt/ucc/bin/pip install --no-cache-dir --constraint constraints.txt .

FROM python:3.11-slim-bookworm
# The numbers are said in docker/first-start.sh, too: whoever reads a secret owns its file.
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin ucc && install -d -o ucc -g ucc -m 0700 /var/lib/ucc
COPY --from=built /opt/ucc /opt/ucc
ENV PATH=/opt/ucc/bin:$PATH PYTHONUNBUFFERED=1 UCC_HOME=/var/lib/ucc
WORKDIR /var/lib/ucc
USER 10001
ENTRYPOINT ["ucc"]
CMD ["--help"]
