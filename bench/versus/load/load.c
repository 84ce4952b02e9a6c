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
#include <getopt.h>

#include "incoming.h"
#include "measures.h"
#include "outgoing.h"
#include "state.h"

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

/*
 * Everybody sends, and the next one when that is acknowledged, until the time is up; what is under way then is waited for,
 * so that a server that answers in large batches is not measured by where one ends. The first quarter warms up.
 */
static void in_turns(const char *command, double seconds, Task what) {
    for (int measured = 0; measured < 2; measured++) {
        Start from = start();
        uint64_t end = from.moment + (uint64_t)(seconds * (measured ? 1e9 : 0.25e9));
        task = what;
        for (int i = 0; i < number_of_connections; i++) (what == PINGING ? send_ping : send_message)(&connections[i]);
        while (now() < end) turn(0.01);
        task = FINISHING;
        wait_for(&acknowledged, sent, "acknowledgements");
        if (measured) report(command, from, acknowledged);
    }
    task = NOTHING;
}

/* The same with messages that everybody gets: so many are under way at a time. */
static void fan(double seconds, int senders, int window) {
    int next = 0;
    task = FANNING;
    for (int measured = 0; measured < 2; measured++) {
        Start from = start();
        uint64_t end = from.moment + (uint64_t)(seconds * (measured ? 1e9 : 0.25e9));
        while (now() < end) {
            while (sent - delivered / (uint64_t)members < (uint64_t)window) send_message(&connections[next++ % senders]);
            turn(0.01);
        }
        wait_for(&delivered, sent * (uint64_t)members, "deliveries");
        if (measured) report("fan", from, delivered);
        wait_for(&acknowledged, sent, "acknowledgements");
    }
    task = NOTHING;
}

static void at_a_rate(double seconds, int senders, double each_second) {
    uint64_t all = 0, had = 0, heard = 0;
    int next = 0;
    Start from = start();
    double due = (double)from.moment;
    task = AT_A_RATE;
    for (int measured = 0; measured < 2; measured++) {
        had += delivered;
        heard += acknowledged;
        from = start();
        measuring = measured;
        if (due < (double)from.moment) due = (double)from.moment;
        double end = (double)from.moment + seconds * (measured ? 1e9 : 0.25e9), moment = 0;
        while (moment < end) {
            moment = (double)now();
            /* All that falls into the time is sent, by a client too that was kept waiting until it was over. */
            for (; due <= moment && due < end; due += 1e9 / each_second, all++)
                send_message(&connections[next++ % senders * number_of_ports]);
            if (moment < end) turn(due > moment ? (due - moment) / 1e9 : 0);
        }
    }
    double due_to_all = (double)members * (double)all;
    wait_for(&delivered, (uint64_t)due_to_all - had, "deliveries");
    report("rate", from, histogram.total);
    wait_for(&acknowledged, all - heard, "acknowledgements");
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
    for (int i = 0; i < number_of_connections; i++)
        members += !strcmp(connections[i].conversation, connections[0].conversation);
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
