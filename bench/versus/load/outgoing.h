/* What goes out: connections, and the requests of the gateway documents. */
#ifndef OUTGOING_H
#define OUTGOING_H

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "state.h"
#include "websocket.h"

static void watch(Connection *connection, int how, uint32_t events) {
    struct epoll_event event = {.events = events, .data.ptr = connection};
    if (epoll_ctl(poller, how, connection->fd, &event)) fail("epoll: %s", strerror(errno));
}

static void put(Connection *connection, const char *bytes, size_t length) {
    if (!connection->due_length) {
        ssize_t took = send(connection->fd, bytes, length, MSG_NOSIGNAL);
        if (took < 0 && errno != EAGAIN) fail("connection %d: %s", connection->number, strerror(errno));
        if (took == (ssize_t)length) return;
        if (took > 0) bytes += took, length -= (size_t)took;
    }
    if (connection->due_length + length > connection->due_room) {
        connection->due_room = 2 * (connection->due_length + length);
        connection->due = resized(connection->due, connection->due_room);
    }
    memcpy(connection->due + connection->due_length, bytes, length);
    connection->due_length += length;
    watch(connection, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
}

static void flush(Connection *connection) {
    ssize_t took = send(connection->fd, connection->due, connection->due_length, MSG_NOSIGNAL);
    if (took > 0) {
        connection->due_length -= (size_t)took;
        memmove(connection->due, connection->due + took, connection->due_length);
    }
    if (!connection->due_length) watch(connection, EPOLL_CTL_MOD, EPOLLIN);
}

static void say(Connection *connection, const char *text, size_t length) {
    char frame[MOST_TEXT + MOST_HEADER];
    put(connection, frame, frame_write(frame, TEXT, text, length));
}

static void request(Connection *connection, const char *format, ...) {
    char text[MOST_TEXT];
    va_list arguments;
    va_start(arguments, format);
    int start = snprintf(text, sizeof text, "42%u", ++connection->acknowledgement);
    int length = start + vsnprintf(text + start, sizeof text - (size_t)start, format, arguments);
    va_end(arguments);
    if (length >= (int)sizeof text) fail("a request of %d bytes", length);
    connection->since = now();
    say(connection, text, (size_t)length);
}

static void send_message(Connection *connection) {
    /* The moment stands in the text, for those who receive it. */
    request(connection,
            "[\"message:send\",{\"conversationId\":\"%s\",\"content\":\"T=%020llu %s\",\"clientMessageId\":\"load-%d-%llu\"}]",
            connection->conversation, (unsigned long long)now(), filling, (int)getpid(), (unsigned long long)++messages);
    sent++;
}

static void send_ping(Connection *connection) {
    request(connection, "[\"ping\",{}]");
    sent++;
}

static void open_connection(Connection *connection) {
    int yes = 1, port = ports[connection->number % number_of_ports];
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connection->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (connection->fd < 0) fail("connection %d: %s", connection->number, strerror(errno));
    setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    connection->since = now();
    connection->acknowledgement = 0;
    connection->rest_length = connection->due_length = 0;
    connection->phase = CONNECTING;
    if (connect(connection->fd, (struct sockaddr *)&address, sizeof address) && errno != EINPROGRESS)
        fail("connection %d to port %d: %s", connection->number, port, strerror(errno));
    watch(connection, EPOLL_CTL_ADD, EPOLLIN | EPOLLOUT);
}

static void open_some(void) {
    while (started < number_of_connections && started - (int)opened < at_a_time) open_connection(&connections[started++]);
}

#endif
