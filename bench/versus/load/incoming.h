/* What comes in, and what it leads to. */
#ifndef INCOMING_H
#define INCOMING_H

#include "outgoing.h"

static int starts(const char *text, size_t length, const char *with) {
    size_t wanted = strlen(with);
    return length >= wanted && !memcmp(text, with, wanted);
}

static void on_acknowledgement(Connection *connection, char *text, size_t length) {
    static const char refused[] = "\"success\":false";
    if (memmem(text, length < 64 ? length : 64, refused, sizeof refused - 1))
        fail("connection %d was refused: %.*s", connection->number, (int)(length < 300 ? length : 300), text);
    acknowledged++;
    if (task == NOTHING || task == FANNING || task == AT_A_RATE) return;
    histogram_add(&histogram, now() - connection->since);
    if (task == PINGING) send_ping(connection);
    if (task == SENDING) send_message(connection);
}

static void on_message(Connection *connection, char *text, size_t length) {
    static const char mark[] = "T=";
    delivered++;
    if (task != AT_A_RATE || measuring <= 0) return;
    if (number_of_ports > 1 && connection->number % number_of_ports == 0) return; /* it is where senders are */
    char *stamp = memmem(text, length, mark, sizeof mark - 1);
    uint64_t moment = stamp ? strtoull(stamp + 2, NULL, 10) : 0;
    if (moment >= measured_from) histogram_add(&histogram, now() - moment);
}

static void on_text(Connection *connection, char *text, size_t length) {
    if (starts(text, length, "42[\"message:new\"")) {
        on_message(connection, text, length);
    } else if (starts(text, length, "43")) {
        on_acknowledgement(connection, text, length);
    } else if (starts(text, length, "2")) {
        say(connection, "3", 1);
    } else if (starts(text, length, "0") && connection->phase == OPENING) {
        char hello[MOST_TEXT];
        int written = snprintf(hello, sizeof hello, "40{\"token\":\"%s\"}", connection->token);
        connection->phase = ENTERING;
        say(connection, hello, (size_t)written);
    } else if (starts(text, length, "42[\"connected\"") && connection->phase == ENTERING) {
        connection->phase = READY;
        opened++;
        histogram_add(&histogram, now() - connection->since);
        open_some();
    } else if (starts(text, length, "42[\"error\"") || starts(text, length, "44") || starts(text, length, "41")) {
        fail("connection %d: the server said %.*s", connection->number, (int)(length < 300 ? length : 300), text);
    }
}

static size_t on_bytes(Connection *connection, char *bytes, size_t length) {
    size_t at = 0;
    Frame frame;
    if (connection->phase == UPGRADING) {
        char *end = memmem(bytes, length, "\r\n\r\n", 4);
        if (!end) return 0;
        if (!starts(bytes, length, "HTTP/1.1 101")) fail("no websocket: %.*s", (int)(end - bytes), bytes);
        connection->phase = OPENING;
        at = (size_t)(end + 4 - bytes);
    }
    for (; frame_read(bytes + at, length - at, &frame); at += frame.whole) {
        if (frame.opcode == TEXT) {
            on_text(connection, frame.payload, frame.length);
        } else if (frame.opcode == PING) {
            char pong[MOST_TEXT];
            put(connection, pong, frame_write(pong, PONG, frame.payload, frame.length));
        } else if (frame.opcode == CLOSE) {
            fail("connection %d: the server closed it", connection->number);
        }
    }
    return at;
}

static void read_some(Connection *connection) {
    size_t kept = connection->rest_length;
    memcpy(buffer, connection->rest, kept);
    ssize_t got = read(connection->fd, buffer + kept, BUFFER - kept);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) fail("connection %d ended: %s", connection->number, got ? strerror(errno) : "by the server");
    arrived_at = now();
    size_t length = kept + (size_t)got, used = on_bytes(connection, buffer, length);
    connection->rest_length = length - used;
    if (connection->rest_length > connection->rest_room) {
        connection->rest_room = 2 * connection->rest_length;
        connection->rest = resized(connection->rest, connection->rest_room);
    }
    memcpy(connection->rest, buffer + used, connection->rest_length);
}

static void on_connected(Connection *connection) {
    char ask[MOST_TEXT];
    int problem = 0, port = ports[connection->number % number_of_ports];
    socklen_t size = sizeof problem;
    getsockopt(connection->fd, SOL_SOCKET, SO_ERROR, &problem, &size);
    if (problem) fail("connection %d to port %d: %s", connection->number, port, strerror(problem));
    connection->phase = UPGRADING;
    watch(connection, EPOLL_CTL_MOD, EPOLLIN);
    int length = snprintf(ask, sizeof ask,
                          "GET %s?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\n"
                          "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                          "Sec-WebSocket-Version: 13\r\n\r\n",
                          path, port);
    put(connection, ask, (size_t)length);
}

/* Handle what is there, or comes within so many seconds; tell whether there is a command. */
static int turn(double seconds) {
    struct epoll_event events[MOST_EVENTS];
    int told = 0, timeout = seconds < 0 ? -1 : (int)(seconds * 1e3);
    int count = epoll_wait(poller, events, MOST_EVENTS, timeout);
    for (int i = 0; i < count; i++) {
        Connection *connection = events[i].data.ptr;
        if (!connection) {
            told = 1;
        } else if (connection->phase == CONNECTING) {
            on_connected(connection);
        } else if (connection->phase != CLOSED) {
            if (connection->due_length && events[i].events & EPOLLOUT) flush(connection);
            if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) read_some(connection);
        }
    }
    return told;
}

static void listen_to_commands(int how) {
    struct epoll_event event = {.events = EPOLLIN};
    if (epoll_ctl(poller, how, STDIN_FILENO, &event)) fail("epoll on standard input: %s", strerror(errno));
}

#endif
