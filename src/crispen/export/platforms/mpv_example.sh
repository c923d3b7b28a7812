#!/bin/sh
# sh example.sh [VIDEO]     plays it sharpened; without one, shows the golden picture for five seconds
here=$(dirname "$0")
exec mpv --glsl-shaders="$here/@file@" --image-display-duration=5 "${1:-$here/golden_input.png}"
