# A Crescendo worker: `docker build -f deploy/worker.Dockerfile .`
# BASE needs Node 20.19 or later with npm; DOCKER_CLI needs the docker program and its compose plugin, with which a
# service is started from nothing.
ARG BASE=node:20-bookworm-slim
ARG DOCKER_CLI=docker:28-cli

FROM ${DOCKER_CLI} AS docker-cli

FROM ${BASE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm run build && npm prune --omit=dev --no-audit --no-fund

FROM ${BASE}
# Certificates for a Temporal server behind TLS; the slim image has none.
RUN apt-get update \
  && apt-get install -y --no-install-recommends ca-certificates \
  && rm -rf /var/lib/apt/lists/*
COPY --from=docker-cli /usr/local/bin/docker /usr/local/bin/docker
COPY --from=docker-cli /usr/local/libexec/docker/cli-plugins/docker-compose /usr/local/libexec/docker/cli-plugins/docker-compose
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --from=build /app/config ./config
COPY --from=build /app/deploy/worker-health.mjs ./deploy/
ENV NODE_ENV=production
# Not root. The engine's socket belongs to a group of the host, which `group_add` (or --group-add) gives.
USER 1000:1000
# A worker is healthy when the Temporal server says that it polls.
HEALTHCHECK --interval=30s --timeout=15s --start-period=30s --retries=3 \
  CMD ["node", "deploy/worker-health.mjs", "/etc/crescendo/catalog.yaml"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "dist/client/cli/main.js"]
CMD ["worker", "--catalog", "/etc/crescendo/catalog.yaml"]
