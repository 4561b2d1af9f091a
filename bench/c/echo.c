/* The service of readiness/servers/ in C, on epoll: what the Python servers are measured against.
 *
 * The same promises, kept in the same way: a line in, LINE_SB out; sent at once, EPOLLOUT asked for only after a short
 * send; one recv of 64 KiB for each ready client in a turn; above 256 KiB unsent, no more is read; a line of at most 1 MiB;
 * an idle client is let go after 300 seconds; out of descriptors, accepting pauses. Usage: echo [--port PORT] [--idle SECONDS] */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CHUNK (1 << 16)
#define HIGH (1 << 18)
#define LONGEST (1 << 20)
#define THROWN (1 << 24)
#define BATCH 64
#define EVENTS 1024
#define RETRY 0.5
#define MARK "_SB\n"
#define TOO_LONG "ERROR line longer than 1048576 bytes\n"

struct client {
    int fd;
    uint32_t interest;
    char *out;                      /* out[sent..whole) is unsent; out[whole..end) a line without its newline yet */
    size_t sent, whole, end, room;  /* it is in capitals already */
    size_t thrown;
    bool ended, broken;
    double moved;
    struct client *older, *newer;   /* all clients, by when a byte moved last */
};

static struct client everyone = {.older = &everyone, .newer = &everyone}; /* newer: the oldest of all */
static int epoll, listener;
static double idle = 300, welcome_at; /* 0: accepting */

static void die(const char *what) { perror(what); exit(1); }
static double now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec + t.tv_nsec / 1e9; }
static void watch(int op, int fd, uint32_t events, void *who) {
    if (epoll_ctl(epoll, op, fd, &(struct epoll_event){.events = events, .data.ptr = who})) die("epoll_ctl");
}

/* Clients, the one silent for longest first */

static void unlink_(struct client *c) { c->older->newer = c->newer; c->newer->older = c->older; }
static void touch(struct client *c, double at) {
    if (c->newer) unlink_(c);
    c->moved = at;
    c->older = everyone.older, c->newer = &everyone;
    c->older->newer = c->newer->older = c;
}

static void drop(struct client *c) {
    unlink_(c);
    close(c->fd); /* its only descriptor: it leaves the interest list with it */
    free(c->out);
    free(c);
}

/* Lines */

static void reserve(struct client *c, size_t more) {
    if (c->end + more <= c->room) return;
    if (c->sent) { /* what has gone out makes room first */
        memmove(c->out, c->out + c->sent, c->end - c->sent);
        c->whole -= c->sent, c->end -= c->sent, c->sent = 0;
    }
    if (c->end + more <= c->room) return;
    c->room = 2 * (c->end + more);
    if (!(c->out = realloc(c->out, c->room))) die("realloc");
}

static void add(struct client *c, const char *text, size_t length) {
    reserve(c, length);
    memcpy(c->out + c->end, text, length);
    c->whole = c->end += length;
}

static void capitals(char *to, const char *from, size_t length) {
    for (size_t i = 0; i < length; i++) to[i] = from[i] - 32 * (from[i] >= 'a' && from[i] <= 'z');
}

static void take(struct client *c, const char *data, size_t length) {
    while (length && !c->broken) {
        const char *newline = memchr(data, '\n', length);
        size_t line = newline ? (size_t)(newline - data) : length;
        if (c->end - c->whole + line > LONGEST) {
            c->end = c->whole;
            c->broken = true;
            add(c, TOO_LONG, strlen(TOO_LONG));
            return;
        }
        reserve(c, line + strlen(MARK));
        capitals(c->out + c->end, data, line);
        c->end += line;
        if (!newline) return;
        add(c, MARK, strlen(MARK));
        data += line + 1, length -= line + 1;
    }
}

/* One client; 0: it is over, else the events that it needs */

static uint32_t needs(struct client *c) {
    if (c->sent == c->whole) return c->ended ? 0 : EPOLLIN;
    return c->ended || c->whole - c->sent >= HIGH ? EPOLLOUT : EPOLLIN | EPOLLOUT;
}

static bool flush(struct client *c) { /* whether it still lives */
    if (c->sent < c->whole) {
        ssize_t n = send(c->fd, c->out + c->sent, c->whole - c->sent, MSG_NOSIGNAL);
        if (n < 0) return errno == EAGAIN || errno == EINTR;
        c->sent += n;
    }
    if (c->sent == c->whole) {
        memmove(c->out, c->out + c->whole, c->end - c->whole);
        c->end -= c->whole, c->sent = c->whole = 0;
        if (!c->end && c->room > CHUNK) free(c->out), c->out = NULL, c->room = 0; /* no memory for those at rest */
    }
    return true;
}

static void throw_away(struct client *c, size_t count) {
    c->thrown += count;
    if (c->thrown > THROWN) c->ended = true;
    else if (c->sent == c->whole) shutdown(c->fd, SHUT_WR);
}

static uint32_t read_(struct client *c) {
    static char chunk[CHUNK];
    bool behind = c->sent < c->whole;
    ssize_t n = recv(c->fd, chunk, CHUNK, 0);
    if (n < 0) return errno == EAGAIN || errno == EINTR ? c->interest : 0;
    if (n) take(c, chunk, n);
    else {
        c->ended = true;
        if (c->end > c->whole) add(c, MARK, strlen(MARK));
    }
    if (!behind && !flush(c)) return 0; /* send at once: there is room, nearly always */
    if (c->broken) throw_away(c, n);
    return needs(c);
}

static void talk(struct client *c, uint32_t mask, double at) {
    uint32_t wants = c->interest;
    touch(c, at);
    if (mask & EPOLLOUT) {
        wants = 0;
        if (flush(c)) {
            if (c->broken) throw_away(c, 0);
            wants = needs(c);
        }
    }
    if (wants && mask != EPOLLOUT) wants = read_(c);
    if (!wants) drop(c);
    else if (wants != c->interest) watch(EPOLL_CTL_MOD, c->fd, c->interest = wants, c);
}

static void accept_(double at) {
    for (int i = 0; i < BATCH; i++) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            if (errno == EAGAIN) return;
            if (errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM) continue;
            watch(EPOLL_CTL_DEL, listener, 0, NULL);
            welcome_at = at + RETRY;
            return;
        }
        struct client *c = calloc(1, sizeof *c);
        if (!c) die("calloc");
        c->fd = fd, c->interest = EPOLLIN;
        touch(c, at);
        watch(EPOLL_CTL_ADD, fd, EPOLLIN, c);
    }
}

static int timeout(double at) { /* milliseconds, rounded up */
    double due = -1;
    if (everyone.newer != &everyone) due = everyone.newer->moved + idle;
    if (welcome_at && (due < 0 || welcome_at < due)) due = welcome_at;
    return due < 0 ? -1 : due <= at ? 0 : (int)((due - at) * 1e3) + 1;
}

int main(int argc, char **argv) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (!strcmp(argv[i], "--port")) address.sin_port = htons(atoi(argv[i + 1]));
        if (!strcmp(argv[i], "--idle")) idle = atof(argv[i + 1]);
    }
    listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (bind(listener, (struct sockaddr *)&address, size) || listen(listener, SOMAXCONN)) die("listen");
    getsockname(listener, (struct sockaddr *)&address, &size);

    sigset_t ends;
    sigemptyset(&ends), sigaddset(&ends, SIGTERM), sigaddset(&ends, SIGINT);
    sigprocmask(SIG_BLOCK, &ends, NULL);
    int stop = signalfd(-1, &ends, SFD_CLOEXEC);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    watch(EPOLL_CTL_ADD, stop, EPOLLIN, &stop);
    watch(EPOLL_CTL_ADD, listener, EPOLLIN, &listener);
    printf("C listens on 127.0.0.1:%d\n", ntohs(address.sin_port));
    fflush(stdout);

    for (double at = now();;) {
        static struct epoll_event events[EVENTS];
        int n = epoll_wait(epoll, events, EVENTS, timeout(at));
        at = now();
        for (int i = 0; i < n; i++) {
            void *who = events[i].data.ptr;
            if (who == &stop) return 0;
            if (who == &listener) accept_(at);
            else talk(who, events[i].events, at);
        }
        while (everyone.newer != &everyone && everyone.newer->moved + idle <= at) drop(everyone.newer);
        if (welcome_at && welcome_at <= at) welcome_at = 0, watch(EPOLL_CTL_ADD, listener, EPOLLIN, &listener);
    }
}
