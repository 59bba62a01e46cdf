# Stands in for the official NATS image where a machine may pull none.
ARG BASE
FROM ${BASE}
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends nats-server busybox \
 && rm -rf /var/lib/apt/lists/* \
 && ln -s /usr/bin/busybox /usr/bin/wget
CMD ["nats-server", "--config", "/etc/nats/nats.conf"]
