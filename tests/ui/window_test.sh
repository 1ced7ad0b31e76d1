#!/usr/bin/env bash
# Starts the real program in a real window under Xvfb, takes pictures of its screens, checks that an idle
# window draws nothing and that the program ends cleanly.
#     window_test.sh PROGRAM [FOLDER-FOR-PICTURES]
set -euo pipefail

program=$1
work=$(mktemp -d)
pictures=${2:-$work/pictures}
mkdir -p "$pictures"
server=
window=
cleanup() {
    [ -n "$window" ] && kill -9 "$window" 2>/dev/null || true
    [ -n "$server" ] && kill "$server" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT

fail() {
    echo "window_test: $*" >&2
    exit 1
}

for tool in Xvfb xdotool; do
    command -v "$tool" >/dev/null || { echo "window_test: $tool is not installed; skipped"; exit 77; }
done

# The server chooses a free display by itself and writes its number.
Xvfb -displayfd 3 -screen 0 1280x900x24 -nolisten tcp 3>"$work/display" 2>/dev/null &
server=$!
for _ in $(seq 100); do
    [ -s "$work/display" ] && break
    sleep 0.1
done
[ -s "$work/display" ] || fail "Xvfb did not start"
export DISPLAY=":$(cat "$work/display")"
export TALLYBOOK_SCALE=1 XDG_RUNTIME_DIR="$work"

wait_for_window() {
    for _ in $(seq 100); do
        xdotool search --name '^Tallybook$' >/dev/null 2>&1 && return
        kill -0 "$window" 2>/dev/null || fail "the program ended before its window came: $(cat "$work/messages")"
        sleep 0.1
    done
    fail "no window came"
}

for screen in home enrol settings; do
    for size in 1280x800 800x1280; do
        TALLYBOOK_SCREEN=$screen TALLYBOOK_WINDOW=$size TALLYBOOK_SCREENSHOT="$pictures/$screen-$size.png" \
            timeout 60 "$program" --data "$work/fresh" || fail "no picture of $screen at $size"
        head -c 8 "$pictures/$screen-$size.png" | od -An -c | grep -q 'P   N   G' || fail "$screen-$size.png is no PNG"
    done
done

# Drawn without a graphics card as well.
SDL_RENDER_DRIVER=software TALLYBOOK_SCREEN=home TALLYBOOK_SCREENSHOT="$pictures/home-software.png" \
    timeout 60 "$program" --data "$work/fresh" || fail "no picture with software rendering"

# An idle window draws nothing: it opens, settles, and after a while has drawn no more frames.
TALLYBOOK_FRAMES=1 "$program" --data "$work/fresh" 2>"$work/messages" &
window=$!
wait_for_window
sleep 4
ticks_before=$(awk '{print $14 + $15}' "/proc/$window/stat")
sleep 4
ticks_after=$(awk '{print $14 + $15}' "/proc/$window/stat")
[ $((ticks_after - ticks_before)) -le 3 ] || fail "an idle window used $((ticks_after - ticks_before)) ticks in 4 s"
kill -TERM "$window"
wait "$window" || fail "the program did not end cleanly: $(cat "$work/messages")"
window=
frames=$(sed -n 's/^frames //p' "$work/messages")
[ -n "$frames" ] && [ "$frames" -lt 60 ] || fail "an idle window drew ${frames:-no} frames"

echo "window_test: passed ($frames frames in an idle window)"
