"""Sharpening of files: pictures, videos, YUV4MPEG2 streams and folders of them.

`crispen.files.sharpen_files` has the public functions. They are exported as `crispen.sharpen_file` and
`crispen.sharpen_folder`.
"""
