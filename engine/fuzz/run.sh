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
[ ${#targets[@]} -gt 0 ] || targets=(yaml values archive index schema semver release template jinja)

# One file per text, named by its hash: strings of a JSON document that are long enough to say something.
strings() {
  local folder=$1 text
  shift
  mkdir -p "$folder"
  grep -hoE '"([^"\\]|\\.){2,4000}"' "$@" | sort -u | sed -n '1,4000p' | while IFS= read -r text; do
    text=${text:1:-1}
    printf '%b' "${text//\\\"/\"}" > "$folder/$(printf '%s' "$text" | sha1sum | cut -c1-16)"
  done
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
    *) echo "no fuzz target $1" >&2; exit 2 ;;
  esac
  mv "$made" "$folder"
}

failed=()
cargo +nightly fuzz build --fuzz-dir . --target-dir "$cache/target"
for target in "${targets[@]}"; do
  seed "$target"
  mkdir -p "$cache/learnt/$target" "$cache/crashes/$target"
  echo "== $target: $seconds s"
  "$cache"/target/*/release/"$target" -max_total_time="$seconds" -rss_limit_mb=3000 -timeout=25 -max_len=65536 \
    -artifact_prefix="$cache/crashes/$target/" -print_final_stats=1 \
    "$cache/learnt/$target" "$cache/seeds/$target" 2>&1 | tee "$cache/$target.log" | grep -E 'stat::|ERROR|panicked|DONE|SUMMARY' ||
    failed+=("$target")
done
[ ${#failed[@]} -eq 0 ] || { echo "findings in: ${failed[*]}; their inputs are below $cache/crashes" >&2; exit 1; }
