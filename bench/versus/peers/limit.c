/*
 * What one core can do at all: the same answers by a loop in C that checks nothing, parses as little as it can and keeps
 * nothing. A message is sent to everybody who has joined, by one send() for each frame; with --together, all frames of a
 * turn of the loop leave for a member by one.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST_MEMBERS = 20000, MOST_EVENTS = 1024, MOST_IN = 65536, MOST_OUT = 1 << 20, MOST_TEXT = 8192 };

typedef struct {
    int fd, upgraded, place; /* place among the members, or -1 */
    size_t length, answers_length;
    char *answers;
    char in[MOST_TEXT];
} Client;

static Client *members[MOST_MEMBERS];
static int number_of_members, together, poller;
static char shared[MOST_OUT];
static size_t shared_length;
static Client *answered[MOST_EVENTS];
static int number_of_answered;

static size_t frame(char *to, const char *text, size_t length) {
    size_t at = 0;
    to[at++] = (char)0x81;
    if (length < 126) {
        to[at++] = (char)length;
    } else {
        to[at++] = 126;
        to[at++] = (char)(length >> 8);
        to[at++] = (char)(length & 255);
    }
    memcpy(to + at, text, length);
    return at + length;
}

static void put(Client *client, const char *bytes, size_t length) {
    while (length) {
        ssize_t took = send(client->fd, bytes, length, MSG_NOSIGNAL);
        if (took < 0) {
            struct pollfd wait = {client->fd, POLLOUT, 0};
            if (errno != EAGAIN || poll(&wait, 1, 1000) <= 0) return;
            continue;
        }
        bytes += took;
        length -= (size_t)took;
    }
}

static void say(Client *client, const char *text, size_t length) {
    char framed[MOST_TEXT + 8];
    put(client, framed, frame(framed, text, length));
}

/* Acknowledge: at once, or after the message that it is about when frames leave together. */
static void answer(Client *client, const char *text, size_t length) {
    if (!together) {
        say(client, text, length);
        return;
    }
    if (!client->answers) client->answers = malloc(MOST_IN);
    if (!client->answers_length) answered[number_of_answered++] = client;
    client->answers_length += frame(client->answers + client->answers_length, text, length);
}

static void flush(void) {
    for (int i = 0; i < number_of_members && shared_length; i++) put(members[i], shared, shared_length);
    shared_length = 0;
    for (int i = 0; i < number_of_answered; i++) {
        put(answered[i], answered[i]->answers, answered[i]->answers_length);
        answered[i]->answers_length = 0;
    }
    number_of_answered = 0;
}

static void publish(const char *payload, size_t length) {
    char text[MOST_TEXT], framed[MOST_TEXT + 8];
    int written = snprintf(text, sizeof text,
                           "42[\"message:new\",{\"id\":\"6b077eabc00b269346f979ee\",\"senderId\":\"somebody\","
                           "\"attachments\":[],\"metadata\":{},\"sequence\":1,\"revision\":1,\"isEdited\":false,"
                           "\"isDeleted\":false,\"createdAt\":\"2026-01-01T00:00:00.000Z\","
                           "\"updatedAt\":\"2026-01-01T00:00:00.000Z\",%.*s",
                           (int)length, payload);
    size_t whole = frame(framed, text, (size_t)written);
    if (!together) {
        for (int i = 0; i < number_of_members; i++) put(members[i], framed, whole);
        return;
    }
    if (shared_length + whole > MOST_OUT) flush();
    memcpy(shared + shared_length, framed, whole);
    shared_length += whole;
}

static void on_event(Client *client, char *text, size_t length) {
    char said[MOST_TEXT];
    char *start = memchr(text, '[', length);
    if (!start) return;
    int number = (int)(start - text) - 2, written = 0;
    size_t rest = length - (size_t)(start - text);
    if (rest > 16 && !memcmp(start, "[\"message:send\",", 16)) {
        publish(start + 17, rest - 17); /* after the brace */
        written = snprintf(said, sizeof said, "43%.*s[{\"success\":true,\"message\":%.*s", number, text + 2, (int)rest - 16,
                           start + 16);
        written--; /* the bracket that closed the event */
        written += snprintf(said + written, sizeof said - (size_t)written, "}]");
    } else if (rest > 12 && !memcmp(start, "[\"room:join\"", 12)) {
        if (client->place < 0 && number_of_members < MOST_MEMBERS) {
            client->place = number_of_members;
            members[number_of_members++] = client;
        }
        written = snprintf(said, sizeof said, "43%.*s[{\"success\":true}]", number, text + 2);
    } else {
        written = snprintf(said, sizeof said, "43%.*s[{\"event\":\"pong\",\"timestamp\":1795653291933}]", number, text + 2);
    }
    answer(client, said, (size_t)written);
}

static void on_text(Client *client, char *text, size_t length) {
    static const char enter[] = "40{\"sid\":\"abcdefghij\"}", greet[] = "42[\"connected\",{}]";
    if (length > 1 && text[0] == '4' && text[1] == '2') on_event(client, text, length);
    if (length > 1 && text[0] == '4' && text[1] == '0') {
        say(client, enter, sizeof enter - 1);
        say(client, greet, sizeof greet - 1);
    }
}

static size_t upgrade(Client *client) {
    static const char answered_by[] =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
    static const char hello[] = "0{\"sid\":\"abcdefghij\",\"upgrades\":[],\"pingInterval\":25000,\"pingTimeout\":60000}";
    char *end = memmem(client->in, client->length, "\r\n\r\n", 4);
    if (!end) return 0;
    client->upgraded = 1;
    put(client, answered_by, sizeof answered_by - 1);
    say(client, hello, sizeof hello - 1);
    return (size_t)(end + 4 - client->in);
}

static void leave(Client *client) {
    if (client->place >= 0) {
        Client *last = members[--number_of_members];
        members[client->place] = last;
        last->place = client->place;
    }
    for (int i = 0; i < number_of_answered; i++)
        if (answered[i] == client) answered[i--] = answered[--number_of_answered];
    close(client->fd);
    free(client->answers);
    free(client);
}

static void on_bytes(Client *client) {
    ssize_t got = read(client->fd, client->in + client->length, sizeof client->in - client->length);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
        leave(client);
        return;
    }
    client->length += (size_t)got;
    size_t at = client->upgraded ? 0 : upgrade(client);
    while (client->upgraded && client->length - at >= 6) {
        unsigned char *byte = (unsigned char *)client->in + at;
        size_t length = byte[1] & 127, header = 2;
        if (length == 126) length = (size_t)byte[2] << 8 | byte[3], header = 4;
        if (client->length - at < header + 4 + length) break;
        unsigned char *mask = byte + header;
        char *text = (char *)mask + 4;
        for (size_t i = 0; i < length; i++) text[i] = (char)(text[i] ^ mask[i & 3]);
        if ((byte[0] & 15) == 1) on_text(client, text, length);
        at += header + 4 + length;
    }
    memmove(client->in, client->in + at, client->length - at);
    client->length -= at;
}

static void accept_all(int listener) {
    int fd, yes = 1;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        Client *client = calloc(1, sizeof *client);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        client->fd = fd;
        client->place = -1;
        epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event);
    }
}

int main(int count, char **values) {
    static struct epoll_event events[MOST_EVENTS];
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), input, asked;
    together = count > 1 && !strcmp(values[1], "--together");
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 4096)) return 1;
    getsockname(listener, (struct sockaddr *)&address, &size);
    poller = epoll_create1(0);
    epoll_ctl(poller, EPOLL_CTL_ADD, STDIN_FILENO, &(struct epoll_event){.events = EPOLLIN, .data.ptr = &input});
    epoll_ctl(poller, EPOLL_CTL_ADD, listener, &(struct epoll_event){.events = EPOLLIN, .data.ptr = &asked});
    printf("READY %d\n", ntohs(address.sin_port));
    fflush(stdout);
    for (;;) {
        int ready = epoll_wait(poller, events, MOST_EVENTS, -1);
        for (int i = 0; i < ready; i++) {
            if (events[i].data.ptr == &input) return 0; /* it has closed: nobody writes there */
            if (events[i].data.ptr == &asked) accept_all(listener);
            else on_bytes(events[i].data.ptr);
        }
        flush();
    }
}
