/* From the start of a measurement to its line of JSON. */
#ifndef MEASURES_H
#define MEASURES_H

#include <sys/resource.h>
#include <unistd.h>

#include "state.h"

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

#endif
