/* SPDX-License-Identifier: Apache-2.0
 * SPDX-FileCopyrightText: 2026 The mod_session_store authors */

/* Of each call, both names are taken: libc calls it by another one in programs
 * with large files.
 */
#undef _FILE_OFFSET_BITS

#include "tests/trust/starve/shim.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define LIBRARIES_MAX 4
#define OFF (-1)

static __thread int kind = OFF;
static __thread int left;
static __thread int refused;
static __thread int full;       /* a short write was the last that fits */

/* --- Who asks for memory --- */

typedef struct range_t {
    uintptr_t begin;
    uintptr_t end;
} range_t;

static range_t apr[LIBRARIES_MAX];
static int apr_count;

static int note_apr(struct dl_phdr_info *info, size_t size, void *data)
{
    int i;

    (void) size;
    (void) data;
    for (i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];

        if (strstr(info->dlpi_name, "libapr") != NULL
            && part->p_type == PT_LOAD && (part->p_flags & PF_X)
            && apr_count < LIBRARIES_MAX) {
            apr[apr_count].begin = info->dlpi_addr + part->p_vaddr;
            apr[apr_count].end = apr[apr_count].begin + part->p_memsz;
            apr_count++;
        }
    }
    return 0;
}

static int is_apr(const void *caller)
{
    uintptr_t at = (uintptr_t) caller;
    int i;

    for (i = 0; i < apr_count; i++) {
        if (at >= apr[i].begin && at < apr[i].end) {
            return 1;
        }
    }
    return 0;
}

/* --- Which one is refused --- */

void shim_arm(shim_kind_t what, int n)
{
    if (apr_count == 0) {
        dl_iterate_phdr(note_apr, NULL);
    }
    left = n;
    refused = 0;
    full = 0;
    kind = (int) what;
}

int shim_disarm(void)
{
    kind = OFF;
    return refused;
}

static int is_it(void)
{
    left--;
    if (left != 0) {
        return 0;
    }
    refused = 1;
    return 1;
}

static int no_memory(const void *caller)
{
    if (kind != SHIM_MEMORY || is_apr(caller) || !is_it()) {
        return 0;
    }
    errno = ENOMEM;
    return 1;
}

static int refuses(int error)
{
    if ((kind != SHIM_CALLS && kind != SHIM_SHORT) || !is_it()) {
        return 0;
    }
    errno = error;
    return 1;
}

/* --- Memory --- */

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);

void *malloc(size_t size)
{
    return no_memory(__builtin_return_address(0)) ? NULL
                                                  : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return no_memory(__builtin_return_address(0))
        ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    return no_memory(__builtin_return_address(0))
        ? NULL : __libc_realloc(old, size);
}

/* --- Files and sockets --- */

#define REAL(name) \
    static __typeof__(&(name)) real; \
    if (real == NULL) { \
        *(void **) &real = dlsym(RTLD_NEXT, #name); \
    }

#define SHIM(type, name, parameters, arguments, error) \
    type name parameters \
    { \
        REAL(name) \
        return refuses(error) ? (type) -1 : real arguments; \
    }

SHIM(int, rename, (const char *from, const char *to), (from, to), EDQUOT)
SHIM(int, unlink, (const char *path), (path), EIO)
SHIM(int, mkdir, (const char *path, mode_t mode), (path, mode), ENOSPC)
SHIM(int, flock, (int fd, int what), (fd, what), ENOLCK)
SHIM(int, utimensat, (int at, const char *path,
                      const struct timespec times[2], int flags),
     (at, path, times, flags), EIO)
SHIM(int, fstat, (int fd, struct stat *out), (fd, out), EIO)
SHIM(int, lstat, (const char *path, struct stat *out), (path, out), EIO)
SHIM(int, fstat64, (int fd, struct stat64 *out), (fd, out), EIO)
SHIM(int, lstat64, (const char *path, struct stat64 *out), (path, out), EIO)
SHIM(int, fstatat64, (int at, const char *path, struct stat64 *out,
                      int flags), (at, path, out, flags), EIO)
SHIM(int, unlinkat, (int at, const char *path, int flags), (at, path, flags),
     EIO)
SHIM(int, futimens, (int fd, const struct timespec times[2]), (fd, times),
     EIO)
SHIM(ssize_t, read, (int fd, void *to, size_t len), (fd, to, len), EIO)
SHIM(int, socket, (int domain, int type, int protocol),
     (domain, type, protocol), EMFILE)
SHIM(int, connect, (int fd, const struct sockaddr *to, socklen_t len),
     (fd, to, len), ECONNREFUSED)
/* A connection that fails has ended. */
#define SHIM_STREAM(name, data, error) \
    ssize_t name(int fd, data buffer, size_t len, int flags) \
    { \
        REAL(name) \
        if (refuses(error)) { \
            (void) shutdown(fd, SHUT_RDWR); \
            errno = error; \
            return -1; \
        } \
        return real(fd, buffer, len, flags); \
    }

SHIM_STREAM(send, const void *, EPIPE)
SHIM_STREAM(recv, void *, ECONNRESET)
SHIM(int, poll, (struct pollfd *fds, nfds_t count, int timeout),
     (fds, count, timeout), ENOMEM)

#define SHIM_OPEN(name) \
    int name(const char *path, int flags, ...) \
    { \
        va_list more; \
        mode_t mode; \
        REAL(name) \
        va_start(more, flags); \
        mode = flags & O_CREAT ? va_arg(more, mode_t) : 0; \
        va_end(more); \
        return refuses(EMFILE) ? -1 : real(path, flags, mode); \
    }

SHIM_OPEN(open)
SHIM_OPEN(open64)

ssize_t write(int fd, const void *from, size_t len)
{
    REAL(write)

    if (full) {
        errno = ENOSPC;
        return -1;
    }
    if (!refuses(ENOSPC)) {
        return real(fd, from, len);
    }
    if (kind == SHIM_SHORT && len > 1) {
        full = 1;
        return real(fd, from, len / 2);
    }
    return -1;
}
