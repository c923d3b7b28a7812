/* A webcam and a v4l2loopback device at the ioctl boundary, preloaded under a program that uses the real ones.

FAKE_CAMERA and FAKE_OUTPUT name two plain files that are taken for the devices. What the camera gives is recorded in
FAKE_FRAMES: each picture as its length in four bytes and its data, again from the beginning at the end. FAKE_FORMAT is
its fourcc, FAKE_SIZE its WxH, FAKE_RATE its frames a second. It is unplugged after FAKE_UNPLUG pictures, once, and
plugged in again two seconds later; after FAKE_STALL pictures it says nothing any more; FAKE_BUSY makes another program
have it. While all its buffers are full it waits with the next picture. FAKE_DRIVER is what the output calls itself,
FAKE_HELD a size WxH that it is held to. What is written to the output lands in its file, for write(2) is the real one.
Each ioctl is recorded in FAKE_LOG by its name, and each picture. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { BUFFERS = 4, LENGTH = 4 << 20 };

static struct v4l2_pix_format out = {.width = 640, .height = 480, .pixelformat = V4L2_PIX_FMT_YUYV};
static unsigned char *frames, *buffers;
static size_t frames_length, at;
static int given, queue[64], first, last, unplugged;
static double next_at, unplugged_at;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}

static const char *asked(const char *name, const char *otherwise) {
  const char *value = getenv(name);
  return value ? value : otherwise;
}

static int is(int fd, const char *name) {
  char link[64], path[4096];
  const char *wanted = getenv(name);
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (!wanted || length < 0) return 0;
  path[length] = 0;
  return !strcmp(path, wanted);
}

static FILE *opened_log(void) {
  const char *path = getenv("FAKE_LOG");
  return path ? fopen(path, "a") : 0;
}

static void record(const char *device, unsigned long request) {
  static const struct { unsigned long request; const char *name; } names[] = {
    {VIDIOC_QUERYCAP, "QUERYCAP"}, {VIDIOC_G_FMT, "G_FMT"}, {VIDIOC_S_FMT, "S_FMT"}, {VIDIOC_REQBUFS, "REQBUFS"},
    {VIDIOC_STREAMON, "STREAMON"}, {VIDIOC_STREAMOFF, "STREAMOFF"}, {VIDIOC_S_PARM, "S_PARM"},
  };
  FILE *log = opened_log();
  if (!log) return;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if ((unsigned)names[i].request == (unsigned)request) fprintf(log, "%s %s\n", device, names[i].name);
  fclose(log);
}

static int fails(int error) { errno = error; return -1; }

static int capability(struct v4l2_capability *c, const char *driver, const char *card, unsigned can) {
  memset(c, 0, sizeof *c);
  snprintf((char *)c->driver, sizeof c->driver, "%s", driver);
  snprintf((char *)c->card, sizeof c->card, "%s", card);
  c->device_caps = can;
  c->capabilities = can | V4L2_CAP_DEVICE_CAPS;
  return 0;
}

static int output(unsigned long request, void *argument) {
  struct v4l2_format *f = argument;
  switch (request) {
    case VIDIOC_QUERYCAP:
      return capability(argument, asked("FAKE_DRIVER", "v4l2 loopback"), "Crispen", V4L2_CAP_VIDEO_OUTPUT);
    case VIDIOC_S_FMT:
      out = f->fmt.pix;
      sscanf(asked("FAKE_HELD", ""), "%ux%u", &out.width, &out.height); /* fall through */
    case VIDIOC_G_FMT:
      f->fmt.pix = out;
      return 0;
  }
  return fails(ENOTTY);
}

static int start_camera(int fd) {
  if (buffers) return 0;
  int file = open(getenv("FAKE_FRAMES"), O_RDONLY);
  if (file < 0 || ftruncate(fd, (off_t)BUFFERS * LENGTH)) return fails(EIO);
  frames_length = lseek(file, 0, SEEK_END);
  frames = mmap(0, frames_length, PROT_READ, MAP_PRIVATE, file, 0);
  buffers = mmap(0, (size_t)BUFFERS * LENGTH, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  return 0;
}

static int dequeue(struct v4l2_buffer *b) {
  double rate = atof(asked("FAKE_RATE", "30"));
  int limit = atoi(asked("FAKE_UNPLUG", "0"));
  if (limit && given == limit) { given++; unplugged = 1; unplugged_at = now(); }
  if (unplugged) return fails(ENODEV);
  if (given == atoi(asked("FAKE_STALL", "-1"))) sleep(1000);
  if (first == last) return fails(EIO); /* the program holds all buffers */
  if (!next_at) next_at = now();
  if (next_at < now() - BUFFERS / rate) next_at = now() - BUFFERS / rate;
  double wait = next_at - now();
  if (wait > 0) usleep(wait * 1e6);
  next_at += 1 / rate;
  b->index = queue[first++ % 64];
  unsigned length;
  if (at + 4 > frames_length) at = 0;
  memcpy(&length, frames + at, 4);
  memcpy(buffers + (size_t)b->index * LENGTH, frames + at + 4, length);
  at += 4 + length;
  b->bytesused = length;
  b->sequence = given++;
  FILE *log = opened_log();
  if (log) { fputs("picture\n", log); fclose(log); }
  double t = now();
  b->timestamp.tv_sec = t;
  b->timestamp.tv_usec = (t - (long)t) * 1e6;
  b->flags = V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC | V4L2_BUF_FLAG_DONE;
  return 0;
}

static int camera(int fd, unsigned long request, void *argument) {
  unsigned width = 640, height = 480, fourcc;
  sscanf(asked("FAKE_SIZE", ""), "%ux%u", &width, &height);
  memcpy(&fourcc, asked("FAKE_FORMAT", "YUYV"), 4);
  struct v4l2_buffer *b = argument;
  if (unplugged && now() - unplugged_at > 2) unplugged = 0;
  if (unplugged) return fails(ENODEV);
  switch (request) {
    case VIDIOC_QUERYCAP:
      return capability(argument, "uvcvideo", "Good Cam", V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING);
    case VIDIOC_G_INPUT: *(int *)argument = 0; return 0;
    case VIDIOC_ENUMINPUT: memset((char *)argument + 4, 0, sizeof(struct v4l2_input) - 4); return 0;
    case VIDIOC_S_FMT:
      if (getenv("FAKE_BUSY")) return fails(EBUSY); /* fall through */
    case VIDIOC_G_FMT: {
      struct v4l2_pix_format *p = &((struct v4l2_format *)argument)->fmt.pix;
      p->width = width; p->height = height; p->pixelformat = fourcc; p->field = V4L2_FIELD_NONE;
      p->bytesperline = fourcc == V4L2_PIX_FMT_YUYV ? 2 * width : 0;
      p->sizeimage = fourcc == V4L2_PIX_FMT_YUYV ? 2 * width * height : LENGTH;
      return 0;
    }
    case VIDIOC_G_PARM: case VIDIOC_S_PARM: {
      struct v4l2_captureparm *p = &((struct v4l2_streamparm *)argument)->parm.capture;
      p->capability = V4L2_CAP_TIMEPERFRAME;
      p->timeperframe.numerator = 1; p->timeperframe.denominator = atoi(asked("FAKE_RATE", "30"));
      return 0;
    }
    case VIDIOC_REQBUFS:
      ((struct v4l2_requestbuffers *)argument)->count = BUFFERS;
      return start_camera(fd);
    case VIDIOC_QUERYBUF: b->length = LENGTH; b->m.offset = b->index * LENGTH; return 0;
    case VIDIOC_QBUF: queue[last++ % 64] = b->index; return 0;
    case VIDIOC_DQBUF: return dequeue(b);
    case VIDIOC_STREAMON: first = last - BUFFERS; next_at = 0; return 0;
    case VIDIOC_STREAMOFF: first = last = 0; return 0;
  }
  return fails(ENOTTY);
}

int ioctl(int fd, unsigned long request, ...) {
  va_list arguments;
  va_start(arguments, request);
  void *argument = va_arg(arguments, void *);
  va_end(arguments);
  request = (unsigned)request;
  if (is(fd, "FAKE_OUTPUT")) { record("output", request); return output(request, argument); }
  if (is(fd, "FAKE_CAMERA")) { record("camera", request); return camera(fd, request, argument); }
  return syscall(SYS_ioctl, fd, request, argument);
}
