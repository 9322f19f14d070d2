# Baton for production: a gateway, courier or worker, chosen by the command (`api`, `courier`, `worker`).
# PostgreSQL and Temporal are given by DATABASE_URL and TEMPORAL_ADDRESS; see docker-compose.yml.

FROM node:22.23-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json ./
COPY scripts ./scripts
COPY src ./src
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM node:22.23-slim
# Temporal Cloud and managed databases are reached over TLS; the slim image has no certificates.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
ENV NODE_ENV=production BATON_HOST=0.0.0.0 BATON_PORT=8780 BATON_DATA_DIR=/var/lib/baton
RUN mkdir -p /var/lib/baton && chown node:node /var/lib/baton
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json LICENSE ./
COPY bin ./bin
COPY definitions ./definitions
USER node
VOLUME /var/lib/baton
EXPOSE 8780
ENTRYPOINT ["node", "bin/baton.mjs"]
CMD ["api"]
