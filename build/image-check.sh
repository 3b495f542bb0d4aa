#!/usr/bin/env bash
# Builds the image from the Dockerfile and runs it, on a machine with neither a Docker engine nor an image registry: as root on Debian, with
# buildah. The two base images are made with debootstrap, under the names that the Dockerfile uses; the one of the build stage takes this
# machine's Node. A Docker engine does the same with `docker build` and needs none of this.
#
#   build/image-check.sh          keeps its work in IMAGE_CHECK_DIR (default: a new directory under /tmp, removed at the end)
set -euo pipefail
cd "$(dirname "$0")/.."

work=${IMAGE_CHECK_DIR:-$(mktemp -d /tmp/trulayer-image.XXXXXX)}
mkdir -p "$work"
export STORAGE_DRIVER=vfs BUILDAH_ISOLATION=chroot
storage=(--root "$work/storage" --runroot "$work/run")
container=
cleanup() {
  [ -n "$container" ] && buildah "${storage[@]}" rm "$container" > /dev/null
  [ -n "${IMAGE_CHECK_DIR:-}" ] || rm -rf "$work"
}
trap cleanup EXIT

say() { printf '\n== %s\n' "$*"; }
need() {
  command -v "$1" > /dev/null && return
  say "installing $1"
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$1" > /dev/null
}
need buildah
need debootstrap

# base NAME PACKAGES [FILE…]: an image of Debian with these packages, and with these files of this machine.
base() {
  local name=$1 packages=$2; shift 2
  buildah "${storage[@]}" images --quiet "$name" > /dev/null 2>&1 && return
  say "making $name"
  local root="$work/rootfs"
  rm -rf "$root"
  debootstrap --variant=minbase --include="$packages" bookworm "$root" http://deb.debian.org/debian > "$work/debootstrap.log" \
    || { tail -20 "$work/debootstrap.log"; exit 1; }
  for file in "$@"; do [ -e "$file" ] && mkdir -p "$root$(dirname "$file")" && cp -a "$file" "$root$(dirname "$file")/"; done
  local made; made=$(buildah "${storage[@]}" from scratch)
  buildah "${storage[@]}" add --quiet "$made" "$root" / > /dev/null
  # Where this machine reaches its registry by settings of its own, so does the build stage.
  for variable in NODE_EXTRA_CA_CERTS HTTP_PROXY HTTPS_PROXY NO_PROXY; do
    [ -n "${!variable:-}" ] && buildah "${storage[@]}" config --env "$variable=${!variable}" "$made"
  done
  # Without the Internet node-gyp cannot fetch the headers of Node, so it takes those of this machine.
  buildah "${storage[@]}" config --env npm_config_nodedir="$(dirname "$(dirname "$(readlink -f "$(command -v node)")")")" "$made"
  buildah "${storage[@]}" commit --quiet --rm "$made" "$name" > /dev/null
  rm -rf "$root"
}

prefix=$(dirname "$(dirname "$(readlink -f "$(command -v node)")")")
base docker.io/library/node:20-bookworm ca-certificates,python3,make,g++,libstdc++6 \
  "$prefix/bin/node" "$prefix/bin/npm" "$prefix/lib/node_modules/npm" "$prefix/include/node" /etc/ssl/certs/ca-certificates.crt
base gcr.io/distroless/cc-debian12:nonroot ca-certificates,libstdc++6

say "building the image"
buildah "${storage[@]}" bud --pull-never --layers --format docker --tag trulayer . > "$work/build.log" 2>&1 || { tail -40 "$work/build.log"; exit 1; }
container=$(buildah "${storage[@]}" from --pull-never trulayer)
root=$(buildah "${storage[@]}" mount "$container")
echo "the executable is $(stat -c %s "$root/usr/local/bin/trulayer" | numfmt --to=si)B; everything else of the image is its base"

say "what the image says of itself"
buildah "${storage[@]}" inspect --type image --format \
  'user {{.OCIv1.Config.User}} · stop {{.Docker.Config.StopSignal}} · volumes {{.OCIv1.Config.Volumes}} · ports {{.OCIv1.Config.ExposedPorts}} · health {{.Docker.Config.Healthcheck}}' trulayer

# Runs a command as a container engine does for `docker run --read-only -v data:/data`: not as root, everything read-only but the volume.
data="$work/volume"
rm -rf "$data" && cp -a "$root/data" "$data"
inside() {
  unshare --mount --pid --fork --kill-child --propagation private sh -ec '
    root=$1; data=$2; shift 2
    mount --rbind "$data" "$root/data"
    mount --bind "$root" "$root" && mount --rbind "$data" "$root/data" && mount -o remount,bind,ro "$root"
    mkdir -p /dev/shm; mount -t proc proc "$root/proc" 2> /dev/null || true
    exec chroot --userspec=65532:65532 "$root" /usr/bin/env -i PATH=/usr/local/bin:/usr/bin TRULAYER_HOST=0.0.0.0 TRULAYER_DATA_DIR=/data \
      XDG_CACHE_HOME=/data/cache TRULAYER_PORT="$PORT" TRULAYER_API_KEY="$KEY" "$@"' sh "$root" "$data" "$@"
}
export PORT=18480 KEY=tl_image_check_image_check_image

say "running it, not as root, on a read-only root file system"
inside sh -c 'cd /data; if touch /usr/x 2> /dev/null; then echo "the root file system can be written"; exit 1; fi; id -u; exec trulayer serve' > "$work/log" 2>&1 &
server=$!
for _ in $(seq 100); do curl -fs "http://127.0.0.1:$PORT/ready" > /dev/null && break; sleep 0.1; done
curl -fsS "http://127.0.0.1:$PORT/ready"; echo
curl -fsS "http://127.0.0.1:$PORT/v1/ingest" -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' -d '{"name":"from the image","input":"hello"}'; echo
inside trulayer health
[ "$(head -1 "$work/log")" = 65532 ] || { cat "$work/log"; exit 1; }

say "stopping and starting it again: the trace is there"
pid=$(cat "$data/pid" 2> /dev/null || true)
pkill -TERM -u 65532 trulayer && wait "$server" && echo "stopped with exit code 0 (it was process ${pid:-?} of its container)"
inside sh -c 'cd /data; exec trulayer serve' > "$work/log" 2>&1 &
server=$!
for _ in $(seq 100); do curl -fs "http://127.0.0.1:$PORT/ready" > /dev/null && break; sleep 0.1; done
curl -fsS "http://127.0.0.1:$PORT/v1/traces" -H "Authorization: Bearer $KEY" | grep -o '"name":"from the image"'
pkill -TERM -u 65532 trulayer; wait "$server"

say "the image is good"
