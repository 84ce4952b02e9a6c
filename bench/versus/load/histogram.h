/* Durations in nanoseconds, counted in 64 buckets for each power of two: a quantile is exact to 1.6 %. */
#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stdint.h>
#include <string.h>

enum { FINE = 64, BUCKETS = 64 * FINE };

typedef struct {
    uint64_t count[BUCKETS];
    uint64_t total;
    uint64_t most;
} Histogram;

static void histogram_clear(Histogram *histogram) { memset(histogram, 0, sizeof *histogram); }

static void histogram_add(Histogram *histogram, uint64_t value) {
    unsigned bucket = (unsigned)value;
    if (value >= FINE) {
        int power = 63 - __builtin_clzll(value);
        bucket = (unsigned)(power - 5) * FINE + (unsigned)((value >> (power - 6)) & (FINE - 1));
    }
    histogram->count[bucket < BUCKETS ? bucket : BUCKETS - 1]++;
    histogram->total++;
    if (value > histogram->most) histogram->most = value;
}

/* Give a quantile (0 to 1) in microseconds; 0 of nothing. */
static double histogram_quantile(const Histogram *histogram, double quantile) {
    uint64_t wanted = (uint64_t)(quantile * (double)histogram->total), seen = 0;
    for (unsigned bucket = 0; bucket < BUCKETS; bucket++) {
        seen += histogram->count[bucket];
        if (seen > wanted) {
            if (bucket < FINE) return bucket / 1e3;
            unsigned power = bucket / FINE + 5;
            return (double)((1ull << power) + ((uint64_t)(bucket % FINE) << (power - 6))) / 1e3;
        }
    }
    return (double)histogram->most / 1e3;
}

#endif
