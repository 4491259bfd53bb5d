/* A disk that fails when told: preloaded, it lets the n-th call that changes a file below a folder fail with a chosen error.

   faults_arm(folder, n, error, sticky): n counts from 1; sticky = every later call fails too, as on a full disk; error < 0 writes half of
   what was asked before it fails with -error. faults_count(): how many such calls there were; faults_hit(): how many failed. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static char below[4096];
static long at, seen, hits;
static int error_number, sticky;
static char watched[1 << 16];

void faults_arm(const char *folder, long n, int error, int stays) {
    strncpy(below, folder, sizeof below - 1);
    at = n, error_number = error, sticky = stays, seen = hits = 0;
}
long faults_count(void) { return seen; }
long faults_hit(void) { return hits; }

static int inside(const char *path) { return *below && path && strncmp(path, below, strlen(below)) == 0; }
static int fails(void) {
    seen++;
    if (!(seen == at || (sticky && at && seen > at))) return 0;
    hits++;
    errno = error_number < 0 ? -error_number : error_number;
    return 1;
}
static int is_watched(int fd) { return fd >= 0 && fd < (int)sizeof watched && watched[fd]; }
#define REAL(name) static typeof(name) *real; if (!real) real = (typeof(name) *)dlsym(RTLD_NEXT, #name)

#define OPENS(name) \
int name(const char *path, int flags, ...) { \
    REAL(name); mode_t mode = 0; \
    if (flags & O_CREAT) { va_list more; va_start(more, flags); mode = va_arg(more, mode_t); va_end(more); } \
    int mine = inside(path); \
    if (mine && (flags & (O_WRONLY | O_RDWR | O_CREAT)) && fails()) return -1; \
    int fd = real(path, flags, mode); \
    if (fd >= 0 && fd < (int)sizeof watched) watched[fd] = mine; \
    return fd; \
}
OPENS(open)
OPENS(open64)
int openat(int dir, const char *path, int flags, ...) {
    REAL(openat); mode_t mode = 0;
    if (flags & O_CREAT) { va_list more; va_start(more, flags); mode = va_arg(more, mode_t); va_end(more); }
    int mine = inside(path);
    if (mine && (flags & (O_WRONLY | O_RDWR | O_CREAT)) && fails()) return -1;
    int fd = real(dir, path, flags, mode);
    if (fd >= 0 && fd < (int)sizeof watched) watched[fd] = mine;
    return fd;
}
ssize_t write(int fd, const void *data, size_t size) {
    REAL(write);
    if (is_watched(fd) && fails()) {
        if (error_number < 0 && size > 1) return real(fd, data, size / 2);
        return -1;
    }
    return real(fd, data, size);
}
ssize_t pwrite(int fd, const void *data, size_t size, off_t place) {
    REAL(pwrite);
    if (is_watched(fd) && fails()) return -1;
    return real(fd, data, size, place);
}
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t place) {
    REAL(pwrite64);
    if (is_watched(fd) && fails()) return -1;
    return real(fd, data, size, place);
}
int fsync(int fd) { REAL(fsync); if (is_watched(fd) && fails()) return -1; return real(fd); }
int fdatasync(int fd) { REAL(fdatasync); if (is_watched(fd) && fails()) return -1; return real(fd); }
int ftruncate64(int fd, off64_t size) { REAL(ftruncate64); if (is_watched(fd) && fails()) return -1; return real(fd, size); }
int rename(const char *from, const char *to) { REAL(rename); if (inside(to) && fails()) return -1; return real(from, to); }
int mkdir(const char *path, mode_t mode) { REAL(mkdir); if (inside(path) && fails()) return -1; return real(path, mode); }
int close(int fd) { REAL(close); if (fd >= 0 && fd < (int)sizeof watched) watched[fd] = 0; return real(fd); }
