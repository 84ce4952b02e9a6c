/* What the load client knows: its connections, what it is at, and what it has counted. */
#ifndef STATE_H
#define STATE_H

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "histogram.h"

enum { MOST_PORTS = 8, MOST_PIDS = 16, MOST_EVENTS = 512, BUFFER = 1 << 20, MOST_TEXT = 8192, CONTENT = 120 };
static const double PATIENCE = 60; /* seconds for whatever a server owes */

typedef enum { CLOSED, CONNECTING, UPGRADING, OPENING, ENTERING, READY } Phase;

typedef struct {
    int number, fd;
    Phase phase;
    char *token, *conversation;
    char *rest; /* the start of a frame that is not all there */
    size_t rest_length, rest_room;
    char *due; /* what the socket did not take yet */
    size_t due_length, due_room;
    uint64_t since; /* when it began to connect, or sent what is to be acknowledged */
    unsigned acknowledgement;
} Connection;

typedef enum { NOTHING, PINGING, SENDING, ENTER_ROOM, FANNING, AT_A_RATE, SYNCING, FINISHING } Task;

static Connection *connections;
static int number_of_connections;
static int members; /* of the room of the first connection, and of every other */
static int ports[MOST_PORTS], number_of_ports, pids[MOST_PIDS], number_of_pids;
static const char *path = "/socket.io/";
static int poller;
static char buffer[BUFFER], filling[CONTENT + 1];

static Task task;
static int measuring;
static uint64_t measured_from;
static Histogram histogram;
static uint64_t acknowledged, delivered, sent, opened, arrived_at;
static uint64_t messages; /* ever sent: each has an identifier of its own */
static int started, at_a_time;

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000ull + (uint64_t)time.tv_nsec;
}

static void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(3);
}

static void *resized(void *memory, size_t size) {
    memory = realloc(memory, size);
    if (!memory) fail("no memory for %zu bytes", size);
    return memory;
}

#endif
