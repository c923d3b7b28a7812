"""A window for live frames. SDL 2 takes the planes as they are, and scales and mirrors them."""

from __future__ import annotations

import ctypes
import warnings

import av

from crispen.errors import CrispenError, require

_BT709 = 1  # AVCOL_SPC_BT709
_AS_BT601, _AS_BT709 = 1, 2  # SDL_YUV_CONVERSION_BT601 and _BT709
_NO_SCREEN = (b"offscreen", b"dummy", b"evdev")  # drivers that SDL falls back to without a screen


class Window:
    """Shows yuv420p frames of one size. All methods must be called by the thread that created it.

    Args:
        title: Title of the window.
        width, height: Width and height of the frames.
        mirror: Whether frames are mirrored.

    Attributes:
        divider: Where the mouse moved the divider, 0 to 1 of the width, in the last call of `pressed`; else None.

    Raises:
        CrispenError: If SDL is not installed or there is no screen.
    """

    def __init__(self, title: str, width: int, height: int, mirror: bool = False):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # PySDL2 warns that it uses its bundled SDL
            self._sdl = sdl = require("sdl2")
        self.width, self.height, self.mirror = width, height, mirror
        self._texture = None
        self.divider: float | None = None
        if sdl.SDL_InitSubSystem(sdl.SDL_INIT_VIDEO) != 0 or sdl.SDL_GetCurrentVideoDriver() in _NO_SCREEN:
            sdl.SDL_QuitSubSystem(sdl.SDL_INIT_VIDEO)  # else a later window would get the same driver
            raise CrispenError("no window can be opened without a screen; write to a file or - instead")
        self._window = sdl.SDL_CreateWindow(
            title.encode(), sdl.SDL_WINDOWPOS_CENTERED, sdl.SDL_WINDOWPOS_CENTERED, *self._fitting(),
            sdl.SDL_WINDOW_RESIZABLE,
        )  # fmt: skip
        self._renderer = sdl.SDL_CreateRenderer(self._window, -1, 0) if self._window else None
        if not self._renderer:
            reason = self._error()
            self.close()
            raise CrispenError(f"no window can be opened ({reason}); write to a file or - instead")
        sdl.SDL_RenderSetLogicalSize(self._renderer, width, height)  # keeps the aspect ratio in any window
        sdl.SDL_RenderPresent(self._renderer)  # the first call is slow
        self._keys = {sdl.SDLK_LEFT: "left", sdl.SDLK_RIGHT: "right", sdl.SDLK_ESCAPE: "q"}

    def show(self, frame: av.VideoFrame) -> None:
        """Shows one frame."""
        sdl = self._sdl
        if self._texture is None:
            sdl.SDL_SetYUVConversionMode(_AS_BT709 if frame.colorspace == _BT709 else _AS_BT601)
            self._texture = sdl.SDL_CreateTexture(
                self._renderer, sdl.SDL_PIXELFORMAT_IYUV, sdl.SDL_TEXTUREACCESS_STREAMING, self.width, self.height
            )
        pointer = ctypes.POINTER(ctypes.c_ubyte)
        planes = [
            part for p in frame.planes for part in (ctypes.cast(ctypes.c_void_p(p.buffer_ptr), pointer), p.line_size)
        ]
        sdl.SDL_UpdateYUVTexture(self._texture, None, *planes)
        sdl.SDL_RenderClear(self._renderer)
        flip = sdl.SDL_FLIP_HORIZONTAL if self.mirror else sdl.SDL_FLIP_NONE
        sdl.SDL_RenderCopyEx(self._renderer, self._texture, None, None, 0.0, None, flip)
        sdl.SDL_RenderPresent(self._renderer)

    def pressed(self) -> list[str]:
        """The keys since the last call, as from Keyboard; "q" if the window was closed."""
        sdl, event, found = self._sdl, self._sdl.SDL_Event(), []
        self.divider = None
        while sdl.SDL_PollEvent(ctypes.byref(event)):
            if event.type == sdl.SDL_QUIT:
                found.append("q")
            elif event.type == sdl.SDL_TEXTINPUT:  # the key in the layout of this keyboard
                found.append(event.text.text.decode(errors="ignore"))
            elif event.type == sdl.SDL_KEYDOWN and event.key.keysym.sym in self._keys:
                found.append(self._keys[event.key.keysym.sym])
            elif event.type == sdl.SDL_MOUSEMOTION and event.motion.state & sdl.SDL_BUTTON_LMASK:
                self._move_divider(event.motion.x)
            elif event.type == sdl.SDL_MOUSEBUTTONDOWN and event.button.button == sdl.SDL_BUTTON_LEFT:
                self._move_divider(event.button.x)
        return found

    def close(self) -> None:
        sdl = self._sdl
        if self._texture:
            sdl.SDL_DestroyTexture(self._texture)
        if self._renderer:
            sdl.SDL_DestroyRenderer(self._renderer)
        if self._window:
            sdl.SDL_DestroyWindow(self._window)
        sdl.SDL_QuitSubSystem(sdl.SDL_INIT_VIDEO)

    def _move_divider(self, x: int) -> None:
        at = min(1.0, max(0.0, x / self.width))  # SDL reports it in pixels of the frame
        self.divider = 1 - at if self.mirror else at

    def _fitting(self) -> tuple[int, int]:
        """Size of the frames, reduced to fit the screen."""
        room = self._sdl.SDL_Rect()
        self._sdl.SDL_GetDisplayUsableBounds(0, ctypes.byref(room))
        share = min(1.0, (room.w or self.width) / self.width, (room.h or self.height) / self.height)
        return round(self.width * share), round(self.height * share)

    def _error(self) -> str:
        return self._sdl.SDL_GetError().decode(errors="replace")
