/* SPDX-License-Identifier: BSD-2-Clause */
/* The order in which a guest comes up; each payload has a main() of its own. */
#ifndef RT_MAIN_H
#define RT_MAIN_H

#include <stdint.h>

int main(int argc, char **argv);

/** For rt itself: RAM that malloc may have. */
void heap_init(uint64_t start, uint64_t end);

#endif
