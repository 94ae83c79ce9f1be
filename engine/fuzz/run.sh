#!/usr/bin/env bash
# The fuzz targets one after another: engine/fuzz/run.sh SECONDS [TARGET…]
# Seeds are the corpus and the vectors; what a run learns stays in $HELMX_CACHE/fuzz, and so do inputs that crash.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

seconds=${1:?usage: engine/fuzz/run.sh SECONDS [TARGET…]}
shift
shared=$(realpath "${HELMX_SHARED:-../../../shared}")
cache=${HELMX_CACHE:-$HOME/.cache/helmx}/fuzz
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(yaml values archive index schema semver release template jinja provenance)

# One file per text: strings of a JSON document that are long enough to say something.
strings() {
  local folder=$1
  shift
  mkdir -p "$folder"
  python3 - "$folder" "$@" <<'PYTHON'
import hashlib, json, pathlib, sys

def texts(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for inner in value if isinstance(value, list) else [*value.keys(), *value.values()]:
            yield from texts(inner)

folder = pathlib.Path(sys.argv[1])
for name in sys.argv[2:]:
    for text in texts(json.loads(pathlib.Path(name).read_text())):
        data = text.encode(errors="surrogatepass")
        if 2 <= len(data) <= 4000:
            (folder / hashlib.sha1(data).hexdigest()[:16]).write_bytes(data)
PYTHON
}

# Files of the charts whose names match, at most 64 KiB each.
members() {
  local folder=$1 pattern=$2 chart unpacked file
  mkdir -p "$folder"
  unpacked=$(mktemp -d)
  for chart in "$shared"/corpus/charts/*.tgz; do
    tar -xzf "$chart" -C "$unpacked" --no-same-owner 2>/dev/null || true
  done
  find "$unpacked" -type f -size -64k -regextype posix-extended -regex "$pattern" -print0 |
    while IFS= read -r -d '' file; do
      cp "$file" "$folder/$(sha1sum < "$file" | cut -c1-16)"
    done
  rm -rf "$unpacked"
}

seed() {
  local folder=$cache/seeds/$1
  [ -d "$folder" ] && return
  mkdir -p "$cache/seeds"
  local made=$folder.$$
  case $1 in
    template) members "$made" '.*/templates/.*\.(yaml|tpl|txt)' && strings "$made" "$shared"/vectors/{template,sprig}.json ;;
    jinja)
      mkdir -p "$made"
      cp ../examples/jinja-chart/templates/*.j2 "$made"
      awk -v made="$made" '/^(===|---) /{wanted = /^--- template/; if (wanted) count++; next} wanted {print > (made "/" count)}' \
        ../tests/jinja/*.txt ;;
    yaml) members "$made" '.*/(values|Chart)\.yaml' && strings "$made" "$shared/vectors/yaml.json" ;;
    schema) members "$made" '.*/values\.schema\.json' && strings "$made" "$shared/vectors/schema.json" ;;
    values) strings "$made" "$shared"/vectors/{strvals,coalesce}.json ;;
    semver) strings "$made" "$shared/vectors/semver.json" ;;
    index) strings "$made" "$shared/vectors/index.json" ;;
    archive)
      mkdir -p "$made"
      local chart
      for chart in "$shared"/corpus/charts/*.tgz; do
        [ "$(stat -c %s "$chart")" -gt 12000 ] || gunzip -c "$chart" > "$made/$(basename "$chart" .tgz)"
      done ;;
    release)
      mkdir -p "$made"
      printf '%s' '{"name":"a","info":{"first_deployed":"2026-01-01T00:00:00Z","status":"deployed","notes":"n"},"chart":' \
        '{"metadata":{"apiVersion":"v2","name":"a","version":"1.0.0"},"templates":[{"name":"t","data":"eA=="}],' \
        '"values":{"a":1}},"config":{"b":[null,1.5]},"manifest":"---\n","hooks":[{"name":"h","events":["test"]}],' \
        '"version":1,"namespace":"n","apply_method":"ssa"}' > "$made/record" ;;
    provenance)
      mkdir -p "$made"
      local data=$shared/helm-golden/testdata key
      for key in "$data"/helm-test-key.{pub,secret}; do
        cp "$key" "$made"
        cat "$key" "$data/testcharts/signtest-0.1.0.tgz.prov" > "$made/$(basename "$key")-and-message"
      done ;;
    *) echo "no fuzz target $1" >&2; exit 2 ;;
  esac
  mv "$made" "$folder"
}

# Sanitizer and coverage slow some inputs by a factor of a hundred: a minute here is less than a second elsewhere.
failed=()
cargo +nightly fuzz build --fuzz-dir . --target-dir "$cache/target"
for target in "${targets[@]}"; do
  seed "$target"
  mkdir -p "$cache/learnt/$target" "$cache/crashes/$target"
  echo "== $target: $seconds s"
  "$cache"/target/*/release/"$target" -max_total_time="$seconds" -rss_limit_mb=3000 -timeout=60 -max_len=65536 \
    -artifact_prefix="$cache/crashes/$target/" -print_final_stats=1 \
    "$cache/learnt/$target" "$cache/seeds/$target" 2>&1 | tee "$cache/$target.log" | grep -E 'stat::|ERROR|panicked|DONE|SUMMARY' ||
    failed+=("$target")
done
[ ${#failed[@]} -eq 0 ] || { echo "findings in: ${failed[*]}; their inputs are below $cache/crashes" >&2; exit 1; }
