#!/bin/bash
# Unpacks the packages of a lock into a folder, with nothing but curl, sha256sum, unzip, zstd and tar: enough to run the
# Python and py-rattler in it, which then install the layer properly (prefix, links, entry points).
# Usage: MIRROR=URL bootstrap.sh FOLDER; reads layer.explicit.txt and layer.channels.txt beside itself.
set -euo pipefail
folder=$1
here=$(cd "$(dirname "$0")" && pwd)
# BuildKit may end a build before it has handed over the last lines of a step that fails.
fail() { echo "bootstrap: $*" >&2; sleep 1; exit 1; }
[ -n "${MIRROR:-}" ] || fail "the build argument MIRROR (address of the mirror) is not set"

# URL of the lock (the channel's canonical one) -> URL on the mirror.
on_mirror() {
  local name url
  while read -r name url; do
    case $1 in "$url"/*) echo "${MIRROR%/}/$name${1#"$url"}"; return;; esac
  done < "$here/layer.channels.txt"
  fail "$1 belongs to none of the channels in layer.channels.txt"
}

options=(--fail --silent --show-error --location --retry 3 --retry-connrefused --max-time 300 --noproxy '*')
token=/run/secrets/mirror-token
# From a file: a token never appears in arguments or logs.
if [ -s "$token" ]; then
  (umask 077; printf 'header = "Authorization: Bearer %s"\n' "$(cat "$token")" > /tmp/token)
  options+=(--config /tmp/token)
fi

downloads=$(mktemp -d /tmp/packages.XXXXXX)
: > "$downloads/urls"
while IFS= read -r line; do
  case $line in ''|'#'*|@*) continue;; esac
  url=${line%%#*}; hash=${line##*#}; hash=${hash#sha256:}
  [ ${#hash} -eq 64 ] || fail "$url has no sha256 in layer.explicit.txt"
  file=${url##*/}
  source=$(on_mirror "$url")
  printf 'url = "%s"\noutput = "%s"\n' "$source" "$downloads/$file" >> "$downloads/urls"
  echo "$hash  $downloads/$file" >> "$downloads/sums"
done < "$here/layer.explicit.txt"
[ -s "$downloads/sums" ] || fail "layer.explicit.txt names no package"

curl "${options[@]}" --parallel --parallel-max 8 --config "$downloads/urls" || fail "a package did not come from $MIRROR"
sha256sum --check --quiet --strict "$downloads/sums" || fail "a package from $MIRROR is not the one in the lock"

mkdir -p "$folder"
while read -r _ file; do
  case $file in
    *.conda)
      rm -rf "$downloads/parts" && mkdir "$downloads/parts"
      unzip -q -o "$file" -d "$downloads/parts"
      for part in "$downloads"/parts/pkg-*.tar.zst; do
        zstd -q -d -c "$part" | tar -x --no-same-owner -C "$folder"
      done;;
    *.tar.bz2) tar -x --bzip2 --no-same-owner -C "$folder" -f "$file";;
    *) fail "$file: neither .conda nor .tar.bz2";;
  esac
done < "$downloads/sums"
# Packages for any Python carry a bare site-packages folder.
if [ -d "$folder/site-packages" ]; then
  cp -a "$folder/site-packages/." "$folder"/lib/python3.*/site-packages/
  rm -rf "$folder/site-packages"
fi
"$folder/bin/python" -I -B -c 'import rattler' || fail "the base layer needs the packages python and py-rattler"
