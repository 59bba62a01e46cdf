# One image with one program. Stages stand in this order because an engine without BuildKit runs every stage before the target:
# `prebuilt` takes a program that was built elsewhere and must not compile anything.
ARG BUILDER_BASE=docker.io/library/rust:1.94.0-bookworm
ARG RUNTIME_BASE=gcr.io/distroless/cc-debian12:nonroot

FROM ${RUNTIME_BASE} AS runtime
COPY deploy/config /etc/holdpoint/
COPY deploy/protocols /var/lib/holdpoint/deploy/protocols/
COPY --chown=65532:65532 deploy/docker/volume /var/lib/holdpoint/volume/
WORKDIR /var/lib/holdpoint
USER 65532:65532
EXPOSE 7400
ENTRYPOINT ["/usr/local/bin/holdpoint"]

# docker build --target prebuilt --build-arg BINARY=holdpoint .
FROM runtime AS prebuilt
ARG BINARY=holdpoint
COPY ${BINARY} /usr/local/bin/holdpoint

FROM ${BUILDER_BASE} AS builder
WORKDIR /src
COPY . .
RUN cargo build --locked --profile dist --package holdpoint \
 && cp target/dist/holdpoint /usr/local/bin/holdpoint

FROM runtime
COPY --from=builder /usr/local/bin/holdpoint /usr/local/bin/holdpoint
