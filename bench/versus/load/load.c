/*
 * The load client: one thread that speaks Engine.IO 4 and Socket.IO 5 over WebSocket to a chat server, in the events of
 * the gateway documents. It takes commands, one on a line, from standard input, and answers each with a line of JSON:
 *
 *   open AT_A_TIME                    connect everybody; ready is who has been greeted by `connected`
 *   join                              have everybody enter the room of their conversation
 *   quiet SECONDS                     wait until nothing has arrived for so long
 *   ping SECONDS                      each connection sends `ping`, and the next one when that is acknowledged
 *   send SECONDS                      the same with `message:send`
 *   fan SECONDS SENDERS WINDOW        so many messages are under way, until everybody in the room has them
 *   rate SECONDS SENDERS EACH_SECOND  messages at a fixed rate; with two ports, senders use the first, listeners the second
 *   sync                              everybody sends `messages:sync` once
 *   close                             end all connections at once
 *
 * In between it answers pings. It ends when standard input does. What a server does wrong ends it with exit code 3 and
 * a line that says what.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "histogram.h"
#include "websocket.h"

enum { MOST_PORTS = 2, MOST_PIDS = 16, MOST_EVENTS = 512, BUFFER = 1 << 20, MOST_TEXT = 8192, CONTENT = 120 };
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

typedef enum { NOTHING, PINGING, SENDING, ENTER_ROOM, FANNING, AT_A_RATE, SYNCING } Task;

static Connection *connections;
static int number_of_connections;
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

/* -- what goes out */

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

/* -- what comes in */

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
    if (measuring) histogram_add(&histogram, now() - connection->since);
    if (measuring < 0) return; /* what is under way is waited for, and no more is sent */
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

/* -- what is measured */

static double server_seconds(void) {
    double seconds = 0;
    for (int i = 0; i < number_of_pids; i++) {
        char name[64], line[2048];
        unsigned long user = 0, kernel = 0;
        snprintf(name, sizeof name, "/proc/%d/stat", pids[i]);
        FILE *file = fopen(name, "r");
        if (!file) fail("process %d has ended", pids[i]);
        line[fread(line, 1, sizeof line - 1, file)] = 0;
        fclose(file);
        char *after_name = strrchr(line, ')');
        if (after_name)
            sscanf(after_name + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &kernel);
        seconds += (double)(user + kernel) / (double)sysconf(_SC_CLK_TCK);
    }
    return seconds;
}

static double own_seconds(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

typedef struct {
    uint64_t moment;
    double server, own;
} Start;

static Start start(void) {
    acknowledged = delivered = sent = 0;
    histogram_clear(&histogram);
    measured_from = now();
    return (Start){measured_from, server_seconds(), own_seconds()};
}

static void report(const char *command, Start from, uint64_t count) {
    double seconds = (double)(now() - from.moment) / 1e9;
    printf("{\"command\":\"%s\",\"seconds\":%.4f,\"count\":%llu,\"sent\":%llu,\"acknowledged\":%llu,\"p50_us\":%.1f,"
           "\"p99_us\":%.1f,\"most_us\":%.1f,\"server_seconds\":%.3f,\"client_seconds\":%.3f}\n",
           command, seconds, (unsigned long long)count, (unsigned long long)sent, (unsigned long long)acknowledged,
           histogram_quantile(&histogram, 0.5), histogram_quantile(&histogram, 0.99), (double)histogram.most / 1e3,
           server_seconds() - from.server, own_seconds() - from.own);
    fflush(stdout);
}

static void wait_for(const uint64_t *counter, uint64_t wanted, const char *what) {
    uint64_t last = *counter, since = now();
    while (*counter < wanted) {
        turn(0.1);
        if (*counter != last) last = *counter, since = now();
        if ((double)(now() - since) > PATIENCE * 1e9)
            fail("only %llu of %llu %s arrived", (unsigned long long)last, (unsigned long long)wanted, what);
    }
}

static void quiet(double seconds) {
    uint64_t began = now();
    arrived_at = began;
    while ((double)(now() - arrived_at) < seconds * 1e9) {
        turn(seconds / 4);
        if ((double)(now() - began) > PATIENCE * 1e9) fail("the server never fell silent");
    }
}

static void open_all(int together) {
    opened = 0;
    started = 0;
    at_a_time = together;
    Start from = start();
    open_some();
    wait_for(&opened, (uint64_t)number_of_connections, "connections");
    report("open", from, opened);
}

static void close_all(void) {
    Start from = start();
    for (int i = 0; i < number_of_connections; i++) {
        if (connections[i].phase != CLOSED) close(connections[i].fd);
        connections[i].phase = CLOSED;
    }
    report("close", from, (uint64_t)number_of_connections);
}

/* Everybody asks once; the answers are waited for. */
static void once(const char *command, const char *event, Task what) {
    Start from = start();
    task = what;
    measuring = 1;
    for (int i = 0; i < number_of_connections; i++)
        request(&connections[i], "[\"%s\",{\"conversationId\":\"%s\"}]", event, connections[i].conversation);
    wait_for(&acknowledged, (uint64_t)number_of_connections, "acknowledgements");
    report(command, from, acknowledged);
    task = NOTHING;
    measuring = 0;
}

/* Everybody sends, and the next one when that is acknowledged. The first quarter warms up. */
static void in_turns(const char *command, double seconds, Task what) {
    Start from = start();
    task = what;
    measuring = 0;
    for (int i = 0; i < number_of_connections; i++) (what == PINGING ? send_ping : send_message)(&connections[i]);
    for (int measured = 0; measured < 2; measured++) {
        from = start();
        measuring = measured;
        uint64_t end = from.moment + (uint64_t)(seconds * (measured ? 1e9 : 0.25e9));
        while (now() < end) turn(0.01);
    }
    report(command, from, acknowledged);
    /* One of each connection is still under way. */
    measuring = -1;
    acknowledged = 0;
    wait_for(&acknowledged, (uint64_t)number_of_connections, "acknowledgements");
    task = NOTHING;
    measuring = 0;
}

static void fan(double seconds, int senders, int window) {
    uint64_t members = (uint64_t)number_of_connections, owed = 0, had = 0;
    int next = 0;
    Start from = start();
    task = FANNING;
    for (int measured = 0; measured < 2; measured++) {
        had += delivered;
        from = start();
        uint64_t end = from.moment + (uint64_t)(seconds * (measured ? 1e9 : 0.25e9));
        while (now() < end) {
            for (; owed - (had + delivered) / members < (uint64_t)window; owed++)
                send_message(&connections[next++ % senders]);
            turn(0.01);
        }
    }
    report("fan", from, delivered);
    wait_for(&delivered, owed * members - had, "deliveries");
    task = NOTHING;
}

static void at_a_rate(double seconds, int senders, double each_second) {
    uint64_t all = 0, had = 0;
    int next = 0;
    Start from = start();
    double due = (double)from.moment;
    task = AT_A_RATE;
    for (int measured = 0; measured < 2; measured++) {
        had += delivered;
        from = start();
        measuring = measured;
        uint64_t end = from.moment + (uint64_t)(seconds * (measured ? 1e9 : 0.25e9));
        for (double moment; (moment = (double)now()) < (double)end;) {
            for (; due <= moment; due += 1e9 / each_second, all++)
                send_message(&connections[next++ % senders * number_of_ports]);
            turn((due - moment) / 1e9);
        }
    }
    double due_to_all = (double)number_of_connections * (double)all;
    wait_for(&delivered, (uint64_t)due_to_all - had, "deliveries");
    report("rate", from, histogram.total);
    measuring = 0;
    task = NOTHING;
}

static void obey(const char *line) {
    double seconds = 0, each_second = 0;
    int first = 0, second = 0;
    if (sscanf(line, "open %d", &first) == 1 && first > 0) {
        open_all(first);
    } else if (!strcmp(line, "join")) {
        once("join", "room:join", ENTER_ROOM);
    } else if (sscanf(line, "quiet %lf", &seconds) == 1) {
        Start from = start();
        quiet(seconds);
        report("quiet", from, 0);
    } else if (sscanf(line, "ping %lf", &seconds) == 1) {
        in_turns("ping", seconds, PINGING);
    } else if (sscanf(line, "send %lf", &seconds) == 1) {
        in_turns("send", seconds, SENDING);
    } else if (sscanf(line, "fan %lf %d %d", &seconds, &first, &second) == 3 && first > 0) {
        fan(seconds, first, second);
    } else if (sscanf(line, "rate %lf %d %lf", &seconds, &first, &each_second) == 3 && first > 0 && each_second > 0) {
        at_a_rate(seconds, first, each_second);
    } else if (!strcmp(line, "sync")) {
        once("sync", "messages:sync", SYNCING);
    } else if (!strcmp(line, "close")) {
        close_all();
    } else {
        fail("no command: %s", line);
    }
}

/* Read who connects: on each line a token and a conversation. */
static void read_people(const char *name) {
    char *line = NULL, token[MOST_TEXT / 2], conversation[64];
    size_t room = 0;
    FILE *file = fopen(name, "r");
    if (!file) fail("%s: %s", name, strerror(errno));
    while (getline(&line, &room, file) > 0) {
        if (sscanf(line, "%4095s %63s", token, conversation) != 2) fail("%s: a line is to be TOKEN CONVERSATION", name);
        connections = resized(connections, (size_t)(number_of_connections + 1) * sizeof *connections);
        connections[number_of_connections] = (Connection){
            .number = number_of_connections, .token = strdup(token), .conversation = strdup(conversation)};
        number_of_connections++;
    }
    free(line);
    fclose(file);
    if (!number_of_connections) fail("%s: nobody connects", name);
}

static void read_options(int count, char **values) {
    static const struct option known[] = {{"port", 1, 0, 'p'}, {"pid", 1, 0, 'i'}, {"people", 1, 0, 'f'}, {0}};
    for (int option; (option = getopt_long(count, values, "", known, NULL)) != -1;) {
        if (option == 'p' && number_of_ports < MOST_PORTS) {
            ports[number_of_ports++] = atoi(optarg);
        } else if (option == 'i' && number_of_pids < MOST_PIDS) {
            pids[number_of_pids++] = atoi(optarg);
        } else if (option == 'f') {
            read_people(optarg);
        } else {
            fail("usage: load --port PORT [--port PORT] [--pid PID ...] --people FILE");
        }
    }
    if (!number_of_ports || !number_of_connections)
        fail("usage: load --port PORT [--port PORT] [--pid PID ...] --people FILE");
}

int main(int count, char **values) {
    static char commands[4096];
    size_t length = 0;
    poller = epoll_create1(0);
    if (poller < 0) fail("epoll: %s", strerror(errno));
    memset(filling, 'x', CONTENT);
    read_options(count, values);
    listen_to_commands(EPOLL_CTL_ADD);
    for (;;) {
        if (!turn(-1)) continue;
        ssize_t got = read(STDIN_FILENO, commands + length, sizeof commands - length - 1);
        if (got <= 0) return 0;
        length += (size_t)got;
        commands[length] = 0;
        /* While a command is carried out the next one waits in the pipe. */
        listen_to_commands(EPOLL_CTL_DEL);
        for (char *end; (end = strchr(commands, '\n')); length = strlen(commands)) {
            *end = 0;
            obey(commands);
            memmove(commands, end + 1, strlen(end + 1) + 1);
        }
        listen_to_commands(EPOLL_CTL_ADD);
    }
}
