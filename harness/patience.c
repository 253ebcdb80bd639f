/* SPDX-License-Identifier: BSD-2-Clause */
#include "patience.h"

#include <fcntl.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#define RATE_MIN  0.05 /* a hang must end, however busy the host */
#define SAMPLE_MS 100
#define LOOK_MS   250

void patience_init(struct patience *p, int64_t now)
{
	*p = (struct patience){ .seen = now, .fair = (double)now };
}

int64_t patience_advance(struct patience *p, int64_t now, double rate)
{
	p->fair += (double)(now - p->seen) * rate;
	p->seen = now;
	return (int64_t)p->fair;
}

int64_t patience_wake(const struct patience *p, int64_t due, double rate)
{
	double left = ceil(((double)due - p->fair) / rate);

	if (due == INT64_MAX) {
		return INT64_MAX;
	}
	if (left <= 0) {
		return p->seen;
	}
	return p->seen + (left < LOOK_MS ? (int64_t)left : LOOK_MS);
}

double patience_rate(const char *loadavg, long cpus)
{
	unsigned running;
	double rate;

	/* "0.52 0.86 2.98 3/214 4711": three want to run, and one is us. */
	if (loadavg == NULL || cpus < 1 ||
	    sscanf(loadavg, "%*f %*f %*f %u/", &running) != 1 ||
	    running <= (unsigned long)cpus + 1) {
		return 1;
	}
	rate = (double)cpus / (running - 1);
	return rate < RATE_MIN ? RATE_MIN : rate;
}

double patience_host_rate(int64_t now)
{
	static double rate = 1;
	static int64_t looked = INT64_MIN;
	char text[80] = "";
	ssize_t n = -1;
	int fd;

	if (looked != INT64_MIN && now - looked < SAMPLE_MS) {
		return rate;
	}
	looked = now;
	fd = open("/proc/loadavg", O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, text, sizeof(text) - 1);
		close(fd);
	}
	rate = patience_rate(n > 0 ? text : NULL,
	                     sysconf(_SC_NPROCESSORS_ONLN));
	return rate;
}
