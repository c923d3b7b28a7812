#!/bin/sh
# The whole pipeline on two CPU cores in about five minutes: pairs from clean pictures, a teacher, a student distilled
# from it, an ONNX file, a table of its gains, and a sharpened video. The recipe is complete but too short for quality.
#
#   examples/five_minutes.sh [PICTURES] [WORK]
set -e
pictures=${1:-examples/pictures}
work=${2:-runs/five-minutes}

crispen data build "$pictures" "$work/pairs" --clips 60 --validation-clips 2
crispen teach "$work/pairs" "$work/teacher" --width 16 --steps 400 --validate-every 200
crispen distill "$work/pairs" "$work/student" --size fast --teacher "$work/teacher/teacher.safetensors" \
    --steps 2000 --validate-every 500
crispen export "$work/student/fast.safetensors" --to onnx -o "$work/mine" --overwrite
crispen eval "$pictures" --models "$work/mine/fast.onnx" --limit 4 --conditions bicubic-x2,h264-x2 --cache "$work/eval"
crispen sharpen examples/call.mp4 "$work/call.crisp.mp4" --model "$work/mine/fast.onnx" --overwrite
