/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A clock for limits that a busy host does not make stricter.
 *
 * It goes as fast as a machine under test may at most have gone: while more
 * threads want to run than the host has processors, it slows down by as much.
 * A silence limit then means silence, and not that somebody else compiles.
 */
#ifndef HARNESS_PATIENCE_H
#define HARNESS_PATIENCE_H

#include <stdint.h>

struct patience {
	int64_t seen; /* now_ms() of the last look */
	double fair;  /* the slow clock, in ms */
};

/** The clock stands at @now, which is now_ms(). */
void patience_init(struct patience *p, int64_t now);

/**
 * It is @now; since the last look the clock went at @rate.
 * @return the clock, in ms
 */
int64_t patience_advance(struct patience *p, int64_t now, double rate);

/**
 * When to look again for what is due when the clock stands at @due.
 * @return as now_ms(); soon enough that a change of the rate is seen, and
 *         INT64_MAX for INT64_MAX
 */
int64_t patience_wake(const struct patience *p, int64_t due, double rate);

/**
 * The rate that a host with @cpus processors allows.
 *
 * @loadavg  the text of /proc/loadavg; NULL or nonsense gives 1
 * @return  1 down to 1/20
 */
double patience_rate(const char *loadavg, long cpus);

/** The rate of this host, looked up anew a few times a second. */
double patience_host_rate(int64_t now);

#endif
