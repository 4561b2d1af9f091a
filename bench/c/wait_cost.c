/* The loops of readiness/experiments/wait_cost_worker.py in C, so that Python's share of each figure can be read off.
 *
 * A line on standard input is one case: method n ready ready_position blocking churned
 * (churned: how many descriptors are registered again before each wait). The answer is one line: seconds for one call,
 * the median of 25 batches of about 150 us. It watches eventfds only. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>

#define BATCHES 25
#define BATCH 150e-6
#define TURNS 8
#define WORD (8 * (int)sizeof(unsigned long))

static char method[32], ready_position[16];
static int n, ready, blocking, churned;
static int *fds, *epolls, n_epolls, words, nfds, moving, position_now;
static unsigned long *fresh, *bitmap;
static struct pollfd *polls;
static struct epoll_event *events;
static double position;

static void die(const char *what) { perror(what); exit(1); }
static int is(const char *name) { return !strcmp(method, name); }
static void *zeros(size_t count, size_t size) { void *p = calloc(count ? count : 1, size); if (!p) die("calloc"); return p; }
static double now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec + t.tv_nsec / 1e9; }
static int by_value(const void *a, const void *b) { double d = *(double *)a - *(double *)b; return (d > 0) - (d < 0); }

static int call(void) {
    if (is("write")) { uint64_t one = 1; return write(fds[0], &one, 8); }
    if (polls) return poll(polls, n, blocking ? -1 : 0);
    if (bitmap) {
        struct timeval zero = {0, 0};
        memcpy(bitmap, fresh, words * sizeof *bitmap);
        return select(nfds, (fd_set *)bitmap, NULL, NULL, blocking ? NULL : &zero);
    }
    struct epoll_event e = {.events = EPOLLIN};
    for (int i = 0; i < churned; i++) { /* a stride spreads them */
        int fd = fds[(int64_t)i * n / churned];
        if (is("epoll-mod")) epoll_ctl(epolls[0], EPOLL_CTL_MOD, fd, &e);
        else { epoll_ctl(epolls[0], EPOLL_CTL_DEL, fd, &e); epoll_ctl(epolls[0], EPOLL_CTL_ADD, fd, &e); }
    }
    return epoll_wait(epolls[0], events, n, blocking ? -1 : 0);
}

static void set(int i) { uint64_t one = 1; if (write(fds[i], &one, 8) != 8) die("write"); }
static void unset(int i) { uint64_t v; if (read(fds[i], &v, 8) != 8) die("read"); }

static double batch(int calls) { /* seconds for one call */
    double total = 0;
    for (int turn = 0; turn < (moving ? TURNS : 1); turn++) {
        if (moving) {
            unset(position_now);
            position += 0.6180339887; if (position >= 1) position -= 1;
            set(position_now = (int)(position * n));
        }
        double start = now();
        for (int i = 0; i < calls; i++) call();
        total += now() - start;
    }
    return total / calls / (moving ? TURNS : 1);
}

static int watch(void) {
    int ep = epoll_create1(EPOLL_CLOEXEC);
    if (ep < 0) die("epoll_create1");
    for (int i = 0; i < (is("write") ? 1 : n); i++) {
        struct epoll_event e = {.events = EPOLLIN, .data.fd = fds[i]};
        if (epoll_ctl(ep, EPOLL_CTL_ADD, fds[i], &e)) die("epoll_ctl");
    }
    return ep;
}

static double measure(void) {
    int count = is("write") ? 1 : n, expected = ready;
    double times[BATCHES];
    fds = zeros(count, sizeof *fds);
    for (int i = 0; i < count; i++) if ((fds[i] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) < 0) die("eventfd");
    int first = !strcmp(ready_position, "first") ? 0 : !strcmp(ready_position, "last") ? count - ready : (count - ready) / 2;
    for (int i = 0; i < ready; i++) set(position_now = !strcmp(ready_position, "random") ? (int64_t)i * count / ready : first + i);
    moving = blocking && ready == 1 && !strcmp(ready_position, "random");
    position = 0;
    nfds = fds[count - 1] + 1;
    words = (nfds + WORD - 1) / WORD;
    events = zeros(n, sizeof *events);
    if (!strncmp(method, "select", 6)) {
        fresh = zeros(words, sizeof *fresh); bitmap = zeros(words, sizeof *bitmap);
        if (is("select")) for (int i = 0; i < n; i++) fresh[fds[i] / WORD] |= 1UL << fds[i] % WORD; else expected = 0;
    } else if (!strncmp(method, "poll", 4)) {
        polls = zeros(n, sizeof *polls);
        for (int i = 0; i < n; i++) polls[i] = (struct pollfd){is("poll") ? fds[i] : -1, POLLIN, 0};
        if (!is("poll")) expected = 0;
    } else {
        n_epolls = is("write") ? n : 1;
        epolls = zeros(n_epolls, sizeof *epolls);
        for (int i = 0; i < n_epolls; i++) epolls[i] = watch();
        if (is("write")) expected = 8;
    }
    if (call() != expected) { fprintf(stderr, "%s %d: not %d\n", method, n, expected); exit(1); }
    double goal = moving ? BATCH / TURNS : BATCH, one;
    int calls = 1;
    while ((one = batch(calls)) * calls < goal / 4) calls *= 4;
    calls = goal / one < 1 ? 1 : (int)(goal / one);
    for (int i = 0; i < BATCHES; i++) times[i] = batch(calls);
    qsort(times, BATCHES, sizeof *times, by_value);
    for (int i = 0; i < count; i++) close(fds[i]);
    for (int i = 0; i < n_epolls; i++) close(epolls[i]);
    free(fds); free(fresh); free(bitmap); free(polls); free(events); free(epolls);
    fresh = bitmap = NULL; polls = NULL; epolls = NULL; n_epolls = 0;
    return times[BATCHES / 2];
}

int main(void) {
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    while (scanf("%31s %d %d %15s %d %d", method, &n, &ready, ready_position, &blocking, &churned) == 6) {
        printf("%.12f\n", measure());
        fflush(stdout);
    }
    return 0;
}
