/* Load for an echo server: connections of which some talk, each with one message under way, every reply compared byte
 * for byte. Usage: load PORT CONNECTIONS ACTIVE
 *
 * First each connection says one line and waits for its answer, so that all have been accepted; then `ready N` is
 * printed, N being those answered. A line "MESSAGES SIZE" on standard input is a batch: so many lines of SIZE bytes
 * (their newline not counted) over the active ones. The answer is `done` with the microseconds from a line's first byte
 * sent to its answer's last byte received, at the median and at 99 %. An error is printed in a line that begins with
 * `wrong`, and ends the program. The connections end with a reset: so no port waits for its last goodbye. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define VARIANTS 13     /* different lines of a batch, so that an answer to another one is seen */
#define GROUP 50        /* connections made at a time: a backlog overflows if no group is awaited */
#define PATIENCE 20000  /* milliseconds for a reply */
#define REFUSED 1500    /* milliseconds after which a connection counts as not accepted */
#define CHUNK (1 << 18)

struct connection {
    int fd, variant;
    uint32_t interest;
    long messages;        /* begun so far */
    size_t sent, received;
    double begun;
};

static char *lines[VARIANTS], *answers[VARIANTS];
static size_t line_size, answer_size;
static int epoll, opening = 1;
static double *took;

static double now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec + t.tv_nsec / 1e9; }
static int by_value(const void *a, const void *b) { double d = *(double *)a - *(double *)b; return (d > 0) - (d < 0); }

static void wrong(const char *format, ...) {
    va_list given;
    va_start(given, format);
    printf("wrong ");
    vprintf(format, given);
    puts("");
    exit(1);
}

static void *get(void *old, size_t size) {
    void *p = realloc(old, size);
    if (!p) wrong("out of memory");
    return p;
}

static void compose(size_t size) { /* bytes of all kinds but newlines, and what must come back */
    line_size = size + 1, answer_size = size + 4;
    for (int v = 0; v < VARIANTS; v++) {
        lines[v] = get(lines[v], line_size);
        answers[v] = get(answers[v], answer_size);
        for (size_t i = 0; i < size; i++) {
            unsigned char byte = 'a' + v + i * (1 + v);
            if (byte == '\n') byte = 'n';
            lines[v][i] = byte;
            answers[v][i] = byte >= 'a' && byte <= 'z' ? byte - 32 : byte;
        }
        lines[v][size] = '\n';
        memcpy(answers[v] + size, "_SB\n", 4);
    }
}

static void lost(struct connection *c, const char *why) { /* a server may turn away who is too many */
    if (!opening) wrong("the server ended a connection: %s", why);
    close(c->fd);
}

static void need(struct connection *c, uint32_t events) {
    if (events == c->interest) return;
    c->interest = events;
    epoll_ctl(epoll, EPOLL_CTL_MOD, c->fd, &(struct epoll_event){.events = events, .data.ptr = c});
}

static void push(struct connection *c) {
    ssize_t n = send(c->fd, lines[c->variant] + c->sent, line_size - c->sent, MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN) {
        lost(c, strerror(errno));
        return;
    }
    if (n > 0) c->sent += n;
    need(c, c->sent < line_size ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

static void begin(struct connection *c, int number) {
    c->variant = (number + 5 * c->messages++) % VARIANTS;
    c->sent = c->received = 0;
    c->begun = now();
    push(c);
}

static int pull(struct connection *c) { /* whether the answer is whole */
    static char chunk[CHUNK];
    ssize_t n = recv(c->fd, chunk, CHUNK, 0);
    if (n < 0 && errno == EAGAIN) return 0;
    if (n <= 0) {
        lost(c, n ? strerror(errno) : "end of input");
        return 0;
    }
    size_t left = answer_size - c->received;
    const char *expected = answers[c->variant] + c->received;
    if ((size_t)n > left) wrong("reply: %zu bytes too many after a line of %zu bytes", n - left, line_size - 1);
    if (c->received + n > c->sent + 3) wrong("reply: more than has been asked");
    if (memcmp(chunk, expected, n)) {
        ssize_t i = 0;
        while (chunk[i] == expected[i]) i++;
        wrong("reply to a line of %zu bytes: byte %zu is 0x%02x and not 0x%02x", line_size - 1, c->received + i,
              (unsigned char)chunk[i], (unsigned char)expected[i]);
    }
    c->received += n;
    return c->received == answer_size;
}

/* `messages` lines over `count` connections, `stride` apart; how many were answered before `patience` was over */
static long exchange(struct connection *all, long count, long stride, long messages, int patience) {
    static struct epoll_event events[1024];
    long begun = 0, answered = 0;
    for (; begun < count && begun < messages; begun++) begin(&all[begun * stride], begun);
    while (answered < messages) {
        int n = epoll_wait(epoll, events, 1024, 0);
        for (double end = now() + patience / 1e3; n == 0; n = epoll_wait(epoll, events, 1024, 0))
            if (now() > end) return answered;
        for (int i = 0; i < n; i++) {
            struct connection *c = events[i].data.ptr;
            if (events[i].events & EPOLLOUT) push(c);
            if (!(events[i].events & ~EPOLLOUT) || !pull(c)) continue;
            if (took) took[answered] = now() - c->begun;
            answered++;
            if (begun < messages) begin(c, begun++);
        }
    }
    return answered;
}

int main(int argc, char **argv) {
    if (argc != 4) wrong("usage: load PORT CONNECTIONS ACTIVE");
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    long wanted = atol(argv[2]), active = atol(argv[3]), ready = 0;
    setvbuf(stdout, NULL, _IOLBF, 0);
    epoll = epoll_create1(0);
    struct connection *all = calloc(wanted, sizeof *all);
    compose(16);
    while (ready < wanted) {
        long group = wanted - ready < GROUP ? wanted - ready : GROUP;
        for (struct connection *c = all + ready; c < all + ready + group; c++) {
            c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
            if (c->fd < 0) wrong("no more sockets: %s", strerror(errno));
            setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0}, sizeof(struct linger));
            if (connect(c->fd, (struct sockaddr *)&address, sizeof address)) wrong("connect: %s", strerror(errno));
            fcntl(c->fd, F_SETFL, O_NONBLOCK);
            c->interest = EPOLLIN;
            epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &(struct epoll_event){.events = EPOLLIN, .data.ptr = c});
        }
        long answered = exchange(all + ready, group, 1, group, REFUSED);
        ready += answered;
        if (answered < group) break;
    }
    opening = 0;
    printf("ready %ld\n", ready);

    long messages;
    size_t size;
    while (scanf("%ld %zu", &messages, &size) == 2) {
        compose(size);
        took = get(took, messages * sizeof *took);
        long answered = exchange(all, active, wanted / active, messages, PATIENCE);
        if (answered < messages) wrong("no reply for %d seconds", PATIENCE / 1000);
        qsort(took, messages, sizeof *took, by_value);
        printf("done %.3f %.3f\n", took[messages / 2] * 1e6, took[messages * 99 / 100] * 1e6);
    }
    return 0;
}
